import { cn } from '../cn.ts'

/** The sign: a body and its orbit. Decorative wherever the name stands beside it. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 20 20" fill="none" className={cn('size-5', className)}>
      <ellipse
        cx="10"
        cy="10"
        rx="8.6"
        ry="4.1"
        transform="rotate(-28 10 10)"
        stroke="currentColor"
        strokeWidth="1.6"
      />
      <circle cx="10" cy="10" r="3" className="fill-primary" />
    </svg>
  )
}
