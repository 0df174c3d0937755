import { cn } from '#app/_components/cn.ts'
import { Elapsed, RelativeTime } from '#app/_components/relative-time.tsx'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Context } from '#lib/context.ts'
import { causes } from '#lib/jobs/causes.ts'
import { listAttempts } from '#lib/jobs/details.ts'
import type { AttemptState } from '#lib/jobs/states.ts'

const tones: Record<AttemptState, string> = {
  queued: 'text-idle',
  running: 'text-run',
  completed: 'text-ok',
  failed: 'text-fail',
  cancelled: 'text-idle line-through',
  interrupted: 'text-warn',
}

/** Each try at the job, the latest first. */
export async function AttemptsTab({ ctx, id }: { ctx: Context; id: string }) {
  const attempts = await listAttempts({ ctx, id })
  return (
    <Card className="p-0">
      <ul className="divide-y divide-hairline">
        {attempts.map((attempt) => (
          <li key={attempt.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-3.5 py-2">
            <span className="w-24 font-medium">Attempt {attempt.number}</span>
            <Badge className={cn(tones[attempt.state])}>{attempt.state}</Badge>
            <span className="text-muted-foreground">
              <RelativeTime
                at={(attempt.startedAt ?? attempt.startAfter ?? attempt.createdAt).toISOString()}
              />
              {attempt.startedAt && (
                <>
                  {' · '}
                  <Elapsed
                    from={attempt.startedAt.toISOString()}
                    to={attempt.finishedAt?.toISOString() ?? null}
                  />
                </>
              )}
            </span>
            {attempt.cause && (
              <span className="basis-full text-muted-foreground">
                {causes[attempt.cause].title}: {attempt.message}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}
