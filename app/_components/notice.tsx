import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

type NoticeTone = 'fail' | 'warn' | 'ok' | 'idle'

const looks: Record<NoticeTone, { icon: LucideIcon; text: string; box: string }> = {
  fail: { icon: CircleAlert, text: 'text-fail', box: 'border-fail/30 bg-fail/6' },
  warn: { icon: TriangleAlert, text: 'text-warn', box: 'border-warn/30 bg-warn/6' },
  ok: { icon: CircleCheck, text: 'text-ok', box: 'border-ok/30 bg-ok/6' },
  idle: { icon: Info, text: 'text-foreground', box: 'bg-card' },
}

export type NoticeProps = {
  tone: NoticeTone
  /** What is so, in one sentence. */
  title: string
  /** What to do about it. */
  children?: ReactNode
  /** Buttons. */
  action?: ReactNode
  /** Words of the machine, folded. */
  raw?: string | null
  /** Read out at once, for what appears after an action. */
  live?: boolean
  className?: string
}

/** A sentence that needs to be read, with what to do; the raw text folded below. */
export function Notice({ tone, title, children, action, raw, live = false, className }: NoticeProps) {
  const look = looks[tone]
  const Icon = look.icon
  return (
    <div
      role={live ? 'alert' : undefined}
      className={cn(
        'grid grid-cols-[auto_minmax(0,1fr)] gap-x-2.5 rounded-lg border px-3.5 py-2.5',
        look.box,
        className,
      )}
    >
      <Icon aria-hidden className={cn('mt-0.5 size-4', look.text)} strokeWidth={2.1} />
      <div className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className={cn('font-semibold', look.text)}>{title}</p>
          {children && <div className="mt-0.5 text-muted-foreground">{children}</div>}
        </div>
        {action && <div className="flex shrink-0 gap-2">{action}</div>}
      </div>
      {raw && (
        <details className="col-start-2 mt-1.5 min-w-0">
          <summary className="w-fit text-sm text-muted-foreground hover:text-foreground">
            The exact words
          </summary>
          <pre className="mt-1.5 rounded-md border bg-card p-2.5 font-mono text-sm break-words whitespace-pre-wrap">
            {raw}
          </pre>
        </details>
      )}
    </div>
  )
}
