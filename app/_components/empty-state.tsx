import { Check, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

export type EmptyStep = { title: string; text: string; action?: ReactNode; done?: boolean }

export type EmptyStateProps = {
  icon?: LucideIcon
  title: string
  children?: ReactNode
  /** The way from nothing to something, in order. */
  steps?: readonly EmptyStep[]
  /** One button, where there are no steps. */
  action?: ReactNode
}

function Step({ step, number }: { step: EmptyStep; number: number }) {
  return (
    <li className="flex flex-col px-5 py-4">
      <div className="flex items-center gap-2.5">
        <span
          aria-hidden
          className={cn(
            'flex size-5 shrink-0 items-center justify-center rounded-full border text-sm font-semibold',
            step.done ? 'border-ok text-ok' : 'border-input text-muted-foreground',
          )}
        >
          {step.done ? <Check className="size-3" strokeWidth={3} /> : number}
        </span>
        <h3 className="font-semibold">
          {step.title}
          {step.done && <span className="sr-only"> (done)</span>}
        </h3>
      </div>
      <p className="mt-1 flex-1 pl-7.5 text-muted-foreground">{step.text}</p>
      {step.action && <div className="mt-3 pl-7.5">{step.action}</div>}
    </li>
  )
}

/** The first day, or a filter that finds nothing: says what belongs here and how to get it. */
export function EmptyState({ icon: Icon, title, children, steps, action }: EmptyStateProps) {
  return (
    <div className="overflow-hidden rounded-lg border bg-card shadow-lift">
      <div className={cn('px-5', steps ? 'pt-5 pb-4' : 'flex flex-col items-center py-12 text-center')}>
        {Icon && (
          <Icon aria-hidden className={cn('size-6 text-faint', steps ? 'mb-2' : 'mb-3')} strokeWidth={1.6} />
        )}
        <h2 className="text-lg font-semibold">{title}</h2>
        {children && <p className="mt-0.5 max-w-[60ch] text-balance text-muted-foreground">{children}</p>}
        {action && <div className="mt-4 flex flex-wrap gap-2">{action}</div>}
      </div>
      {steps && (
        <ol className="grid divide-y divide-hairline border-t md:grid-cols-3 md:divide-x md:divide-y-0">
          {steps.map((step, index) => (
            <Step key={step.title} step={step} number={index + 1} />
          ))}
        </ol>
      )}
    </div>
  )
}
