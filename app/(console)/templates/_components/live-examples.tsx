'use client'

import { ArrowRight, CircleCheck, CircleSlash, CircleX } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import { PathText } from '#app/_components/path-text.tsx'
import type { Example, Examples } from '#lib/templates/show-examples.ts'
import type { Asked } from './use-asked.ts'

/** Files of the real source with where each would land. As high when it is empty: nothing below it moves. */
export function LiveExamples({ asked, destination }: { asked: Asked<Examples>; destination: string }) {
  const { value, refusal, asking } = asked
  const taken = value?.examples.filter((one) => one.taken).length ?? 0
  return (
    <section aria-label="Examples from the source">
      <h2 className="flex items-baseline gap-2 font-semibold text-muted-foreground">
        Examples from the source
        {value?.files && (
          <span className="text-xs font-normal text-faint">
            {taken} of {value.examples.length} shown are taken
          </span>
        )}
      </h2>
      <section
        aria-label="Files and where they land"
        // What scrolls must be reached by keys.
        {...{ tabIndex: 0 }}
        aria-busy={asking}
        className="mt-2 h-72 overflow-y-auto rounded-lg border bg-card shadow-lift focus-visible:-outline-offset-2"
      >
        {refusal && <p className="px-3.5 py-3 text-muted-foreground">{refusal.message}</p>}
        {!refusal && value?.trouble && (
          <p className="px-3.5 py-3 text-muted-foreground">The source cannot be listed: {value.trouble}</p>
        )}
        {!refusal && value?.files?.length === 0 && (
          <p className="px-3.5 py-3 text-muted-foreground">There is no file in the source now.</p>
        )}
        <ul aria-live="polite" className="divide-y divide-hairline">
          {!refusal &&
            value?.examples.map((example) => (
              <ExampleRow key={example.path} example={example} destination={destination} />
            ))}
        </ul>
      </section>
    </section>
  )
}

function ExampleRow({ example, destination }: { example: Example; destination: string }) {
  const { path, taken, place, why } = example
  const Icon = why ? CircleX : taken ? CircleCheck : CircleSlash
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)] items-start gap-x-2 px-3.5 py-1.5">
      <Icon
        aria-label={why ? 'No place' : taken ? 'Taken' : 'Not taken'}
        role="img"
        className={cn('mt-[3px] size-3.5', why ? 'text-fail' : taken ? 'text-ok' : 'text-idle')}
        strokeWidth={2.25}
      />
      <div className="min-w-0">
        <span className="flex min-w-0">
          <PathText path={path} className={cn(!taken && 'text-muted-foreground')} />
        </span>
        {why && <p className="text-sm text-fail">{why}</p>}
        {place !== null && (
          <span className="flex min-w-0 items-center gap-1.5 text-muted-foreground">
            <ArrowRight aria-label="to" className="size-3 shrink-0 text-faint" />
            <PathText path={`${destination}:${place}`} />
          </span>
        )}
      </div>
    </li>
  )
}
