import type { ReactNode } from 'react'
import type { TemplateView } from '#lib/templates/views.ts'

const verbs = { copy: 'Copies', move: 'Moves', sync: 'Makes' } as const
const path = 'font-mono text-sm break-all text-foreground'

/** A template in one sentence. */
export function WhatItDoes({
  view,
}: {
  view: Pick<TemplateView, 'template' | 'source' | 'destination' | 'words'>
}) {
  const { template, source, destination, words } = view
  const all = ['', '*', '**', '**/*'].includes(template.pattern)
  const from = <span className={path}>{`${source.name}:${source.path}`}</span>
  const to = <span className={path}>{`${destination.name}:${destination.path}`}</span>
  return (
    <p className="max-w-[90ch] text-muted-foreground">
      {verbs[template.operation]}{' '}
      {template.operation === 'sync' ? (
        <>
          {to} the same as {from}
        </>
      ) : (
        <>
          {all ? (
            'what is in '
          ) : (
            <>
              files that match <span className={path}>{template.pattern}</span> from{' '}
            </>
          )}
          {from} to {to}
        </>
      )}
      {template.triggers.length === 0 ? '. Nothing starts it but a person.' : ': '}
      {template.triggers.map(({ id }, at): ReactNode => {
        const phrase = words[id] ?? ''
        const end = at === template.triggers.length - 1 ? '.' : '; '
        return (
          <span key={id}>
            {`${phrase.charAt(0).toLowerCase()}${phrase.slice(1)}`}
            {end}
          </span>
        )
      })}
    </p>
  )
}
