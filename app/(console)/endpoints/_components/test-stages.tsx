import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { stageNames } from '#lib/endpoints/stage-names.ts'
import type { QueueTest } from '#lib/s3-events/queue-test-schema.ts'

type Result = Pick<TestResult, 'ok'> & {
  stages: (TestResult['stages'][number] | QueueTest['stages'][number])[]
}

const looks = {
  ok: { icon: CircleCheck, said: 'passed', tone: 'text-ok' },
  warn: { icon: TriangleAlert, said: 'passed with a warning', tone: 'text-warn' },
  fail: { icon: CircleX, said: 'failed', tone: 'text-fail' },
} as const

function lookOf(stage: Result['stages'][number]): keyof typeof looks {
  if (!stage.ok) return 'fail'
  return 'warning' in stage ? 'warn' : 'ok'
}

/** What the test found, stage by stage, with the time each took; their own words folded below. */
export function TestStages({ result, isStale = false }: { result: Result; isStale?: boolean }) {
  const warns = result.ok && result.stages.some((stage) => 'warning' in stage)
  return (
    <div role="status" className="rounded-lg border bg-card shadow-lift">
      <p
        className={cn(
          'border-b border-hairline px-3.5 py-2 font-semibold',
          warns ? 'text-warn' : result.ok ? 'text-ok' : 'text-fail',
        )}
      >
        {warns ? 'It answers, with a warning' : result.ok ? 'It works' : 'It does not work yet'}
        {isStale && <span className="font-normal text-faint">, before the last change</span>}
      </p>
      <ul className="divide-y divide-hairline">
        {result.stages.map((stage) => {
          const { icon: Icon, said, tone } = looks[lookOf(stage)]
          return (
            <li
              key={stage.stage}
              className="grid grid-cols-[auto_64px_minmax(0,1fr)_auto] items-baseline gap-x-2.5 px-3.5 py-1.5"
            >
              <Icon aria-label={said} className={cn('size-3.5 translate-y-0.5', tone)} />
              <span className="font-medium">{stageNames[stage.stage]}</span>
              <span className="break-words text-muted-foreground">{stage.message}</span>
              <span className="text-faint">{Math.round(stage.ms)} ms</span>
              {stage.words && (
                <details className="col-span-2 col-start-3 mt-1 min-w-0 text-sm">
                  <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
                    The exact words
                  </summary>
                  <pre className="mt-1 rounded-md border bg-background p-2 font-mono break-words whitespace-pre-wrap">
                    {stage.words}
                  </pre>
                </details>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
