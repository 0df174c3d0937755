import { cva, type VariantProps } from 'class-variance-authority'
import { LoaderCircle } from 'lucide-react'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

const look = cva(
  [
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none',
    'transition-[background-color,border-color,color] duration-100',
    'disabled:pointer-events-none disabled:opacity-50 aria-disabled:pointer-events-none aria-disabled:opacity-50',
    '[&_svg]:size-3.5 [&_svg]:shrink-0 [&_svg]:stroke-[2.1]',
  ],
  {
    variants: {
      variant: {
        default:
          'border-primary bg-primary text-primary-foreground hover:border-primary-strong hover:bg-primary-strong',
        outline: 'border-border bg-card text-foreground shadow-lift hover:border-input/70 hover:bg-muted',
        ghost: 'border-transparent text-muted-foreground hover:bg-muted hover:text-foreground',
        danger:
          'border-border bg-card text-destructive shadow-lift hover:border-destructive/50 hover:bg-destructive/6',
        destructive: 'border-destructive bg-destructive text-destructive-foreground hover:opacity-90',
      },
      size: {
        default: 'h-7 px-2.5 pointer-coarse:h-10 pointer-coarse:px-3.5',
        lg: 'h-8 px-3.5 pointer-coarse:h-11',
        icon: 'size-7 pointer-coarse:size-10',
        'icon-sm': 'size-6 pointer-coarse:size-9',
      },
    },
    defaultVariants: { variant: 'outline', size: 'default' },
  },
)

export type ButtonProps = ComponentProps<'button'> &
  VariantProps<typeof look> & {
    /** Give the look to the one child (a link) in place of a button. */
    asChild?: boolean
    /** Work is under way: the button keeps its width and place and takes no second press. */
    busy?: boolean
  }

/** `outline` is the everyday one; `default` (filled) at most once in a view; `danger` opens a dangerous question. */
export function Button({
  variant,
  size,
  asChild,
  busy,
  className,
  children,
  disabled,
  type,
  ...props
}: ButtonProps) {
  const classes = cn(look({ variant, size }), busy && 'relative', className)
  if (asChild) {
    return (
      <Slot.Root data-slot="button" className={classes} {...props}>
        {children}
      </Slot.Root>
    )
  }
  return (
    <button
      data-slot="button"
      // A button inside a form that forgot its type would submit it.
      type={type ?? 'button'}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={classes}
      {...props}
    >
      <span className={cn('contents', busy && '*:opacity-0')}>
        {busy ? <span>{children}</span> : children}
      </span>
      {busy && <LoaderCircle aria-hidden className="absolute animate-spin" />}
    </button>
  )
}
