import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import type { Template } from '#lib/templates/schema.ts'

type Health = NonNullable<Template['triggers'][number]['health']>

const looks = {
  ok: { icon: CircleCheck, tone: 'text-ok' },
  warn: { icon: TriangleAlert, tone: 'text-warn' },
  fail: { icon: CircleX, tone: 'text-fail' },
} as const

/** What the one that watches or listens says, in one line. */
export function HealthMark({ health, wrap = false }: { health: Health; wrap?: boolean }) {
  const { icon: Icon, tone } = looks[health.state]
  return (
    <p className={cn('flex min-w-0 items-start gap-1.5 text-sm', tone)}>
      <Icon aria-hidden className="mt-[3px] size-3.5 shrink-0" strokeWidth={2.25} />
      <span className={wrap ? 'min-w-0 break-words' : 'truncate'} title={health.message}>
        {health.message}
      </span>
    </p>
  )
}
