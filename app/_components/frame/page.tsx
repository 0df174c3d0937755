import type { ReactNode } from 'react'
import { cn } from '../cn.ts'
import { type Crumb, TopBar } from './top-bar.tsx'

export type PageProps = {
  trail: readonly Crumb[]
  /** Forms and other reading matter: a line that the eye can follow. */
  narrow?: boolean
  children: ReactNode
}

/** Top bar and content of one page. */
export function Page({ trail, narrow = false, children }: PageProps) {
  return (
    <>
      <TopBar trail={trail} />
      <main
        id="content"
        tabIndex={-1}
        className={cn(
          'w-full px-4 pt-5 pb-10 outline-none md:px-5.5',
          narrow ? 'max-w-[720px]' : 'max-w-[1240px]',
        )}
      >
        {children}
      </main>
    </>
  )
}

export type PageHeaderProps = {
  title: ReactNode
  /** Beside the title: its state. */
  badge?: ReactNode
  /** Quiet facts after it. */
  meta?: ReactNode
  /** Buttons that apply now. */
  actions?: ReactNode
}

export function PageHeader({ title, badge, meta, actions }: PageHeaderProps) {
  return (
    <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="min-w-0 text-xl font-semibold tracking-[-0.01em] break-words">{title}</h1>
        {badge}
        {meta && <div className="min-w-0 text-faint">{meta}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-1.5">{actions}</div>}
    </div>
  )
}

/** A titled part of a page. */
export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="mt-5.5">
      <h2 className="mb-2 flex items-baseline gap-2 font-semibold text-muted-foreground">
        {title}
        {note && <span className="text-xs font-normal text-faint">{note}</span>}
      </h2>
      {children}
    </section>
  )
}
