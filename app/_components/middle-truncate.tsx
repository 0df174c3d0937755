import { cn } from './cn.ts'
import { cutBeforeEnd } from './path-parts.ts'

export type MiddleTruncateProps = {
  text: string
  /** How many letters at the end never give way. */
  keep?: number
  className?: string
}

/**
 * One line that gives way in its middle, by CSS alone: no measuring, no jump after hydration, the whole text in the
 * document.
 */
export function MiddleTruncate({ text, keep = 14, className }: MiddleTruncateProps) {
  const { head, tail } = cutBeforeEnd(text, keep)
  return (
    <span className={cn('inline-flex max-w-full min-w-0 whitespace-pre', className)}>
      {head !== '' && <bdi className="min-w-[2ch] flex-[0_1_auto] overflow-hidden text-ellipsis">{head}</bdi>}
      {tail !== '' && <bdi className="flex-none">{tail}</bdi>}
    </span>
  )
}
