import { CircleCheck, CircleX } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import type { TestResult } from '#lib/endpoints/schema.ts'

const names: Record<string, string> = { roots: 'Allowed', list: 'List' }

/** What the test found, stage by stage, with the time each took. */
export function TestStages({ result }: { result: TestResult }) {
  return (
    <div role="status" className="rounded-lg border bg-card shadow-lift">
      <p
        className={cn(
          'border-b border-hairline px-3.5 py-2 font-semibold',
          result.ok ? 'text-ok' : 'text-fail',
        )}
      >
        {result.ok ? 'It works' : 'It does not work yet'}
      </p>
      <ul className="divide-y divide-hairline">
        {result.stages.map((stage) => {
          const Icon = stage.ok ? CircleCheck : CircleX
          return (
            <li
              key={stage.stage}
              className="grid grid-cols-[auto_64px_minmax(0,1fr)_auto] items-baseline gap-x-2.5 px-3.5 py-1.5"
            >
              <Icon
                aria-label={stage.ok ? 'passed' : 'failed'}
                className={cn('size-3.5 translate-y-0.5', stage.ok ? 'text-ok' : 'text-fail')}
              />
              <span className="font-medium">{names[stage.stage] ?? stage.stage}</span>
              <span className="break-words text-muted-foreground">{stage.message}</span>
              <span className="text-faint">{Math.round(stage.ms)} ms</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
