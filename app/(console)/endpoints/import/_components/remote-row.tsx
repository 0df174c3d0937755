'use client'

import { useId, useState } from 'react'
import { cn } from '#app/_components/cn.ts'
import { KindIcon, kindName } from '#app/_components/kind-icon.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { HostKeyDialog } from '#app/(console)/endpoints/_components/form/host-key-dialog.tsx'
import type { ImportItem } from '#lib/rclone-conf/schema.ts'
import type { Choice, Import } from './use-import.ts'

/** One remote: whether it is taken, what it becomes, and what stands in the way with what helps. */
export function RemoteRow({ item, form }: { item: ImportItem; form: Import }) {
  const id = useId()
  // A folder that lies below one of the remotes: the file has no remote of it, so there is nothing to choose.
  const isAdded = item.remote.startsWith('/')
  const chosen = form.choices[item.remote] ?? {}
  // At once, before the answer of what becomes of it then.
  const taken = (chosen.action ?? item.action) !== 'skip'
  const choose = (more: Choice, ask = true) => form.choose(item.remote, more, { ask })
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 px-3.5 py-2.5">
      {isAdded ? (
        <KindIcon type={item.type} className="mt-1 size-4" />
      ) : (
        <input
          id={id}
          type="checkbox"
          checked={taken}
          onChange={(event) => choose({ action: event.target.checked ? 'create' : 'skip' })}
          className="mt-1 size-4 accent-primary pointer-coarse:size-6"
        />
      )}
      <div className="grid min-w-0 gap-1.5">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          {isAdded ? (
            <span className="font-medium">{item.name}</span>
          ) : (
            <label htmlFor={id} className={cn('font-medium', !taken && 'text-faint line-through')}>
              {item.remote}
            </label>
          )}
          <span className="inline-flex items-center gap-1 text-muted-foreground">
            {!isAdded && <KindIcon type={item.type} />}
            {kindName(item.type)}
          </span>
          {item.path !== '' && <code className="min-w-0 font-mono text-sm break-all">{item.path}</code>}
          <span className="text-faint">{outcome(item, isAdded)}</span>
        </div>
        {taken && item.liesOver.length > 0 && (
          <p className="text-sm text-muted-foreground">Lies over {[...new Set(item.liesOver)].join(', ')}.</p>
        )}
        {taken && <LeftOut item={item} />}
        {taken && <Problems item={item} choose={choose} />}
        {taken && needsFolder(item, chosen) && (
          <FolderInput
            remote={item.remote}
            value={chosen.path ?? ''}
            onChange={(path) => choose({ path }, false)}
            onDone={() => form.look()}
          />
        )}
      </div>
    </li>
  )
}

function outcome(item: ImportItem, isAdded: boolean): string {
  if (item.action === 'skip') return 'left out'
  if (isAdded) return 'is added for what lies over it'
  if (item.problems.length > 0) return ''
  if (item.action === 'replace') return `replaces ${item.name}`
  return item.name === item.remote ? 'is added' : `is added as ${item.name}`
}

function needsFolder(item: ImportItem, chosen: Choice): boolean {
  return (
    item.type === 'local' && (chosen.path !== undefined || item.problems.some(({ path }) => path === 'path'))
  )
}

function LeftOut({ item }: { item: ImportItem }) {
  if (item.leftOut.length === 0) return null
  const names = item.leftOut.map(({ option }) => option)
  return (
    <details className="text-sm text-muted-foreground">
      <summary className="w-fit cursor-pointer hover:text-foreground">
        Without <span className="font-mono">{names.join(', ')}</span>
      </summary>
      <ul className="mt-1 grid gap-1">
        {item.leftOut.map(({ option, why }) => (
          <li key={option}>
            <span className="font-mono text-foreground">{option}</span>: {why}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Problems({ item, choose }: { item: ImportItem; choose: (more: Choice) => void }) {
  const [asking, setAsking] = useState(false)
  return item.problems.map((problem) => {
    const { path, message, value, fingerprint } = problem
    const isKey = path === 'settings.host_keys' && value !== undefined && fingerprint !== undefined
    return (
      <div key={`${path} ${message}`} className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <p className="min-w-0 flex-1 basis-72 text-sm break-words text-fail">
          {isKey ? 'Its server is not known yet: nobody has accepted its host key.' : message}
        </p>
        {path === 'name' && value && <Button onClick={() => choose({ name: value })}>Call it {value}</Button>}
        {path === 'name' && item.clash?.mayReplace && (
          <Button variant="danger" onClick={() => choose({ action: 'replace' })}>
            Replace it
          </Button>
        )}
        {isKey && <Button onClick={() => setAsking(true)}>Look at the host key</Button>}
        {isKey && asking && (
          <HostKeyDialog
            host={item.remote}
            shown={{ value, fingerprint }}
            onAccept={() => choose({ settings: { host_keys: value } })}
            onClose={() => setAsking(false)}
          />
        )}
      </div>
    )
  })
}

type FolderInputProps = {
  remote: string
  value: string
  onChange: (path: string) => void
  onDone: () => void
}

function FolderInput({ remote, value, onChange, onDone }: FolderInputProps) {
  return (
    <Input
      aria-label={`Folder of ${remote}`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onBlur={onDone}
      onKeyDown={(event) => event.key === 'Enter' && onDone()}
      spellCheck={false}
      autoCapitalize="none"
      placeholder="/srv/media"
      className="max-w-96 font-mono"
    />
  )
}
