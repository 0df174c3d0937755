import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

export type ErrorStateProps = {
  /** What is wrong, in one sentence. */
  title: string
  /** What to do about it. */
  children: ReactNode
  action?: ReactNode
}

/** In place of a page that cannot be shown. */
export function ErrorState({ title, children, action }: ErrorStateProps) {
  return (
    <div
      role="alert"
      className="flex flex-col items-center rounded-lg border bg-card px-6 py-12 text-center shadow-lift"
    >
      <CircleAlert aria-hidden className="size-6 text-fail" strokeWidth={1.8} />
      <h1 className="mt-3 text-lg font-semibold">{title}</h1>
      <div className="mt-1 max-w-[52ch] text-balance text-muted-foreground">{children}</div>
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}
