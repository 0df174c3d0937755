import type { ComponentProps } from 'react'
import { cn } from '../cn.ts'

/** One row height everywhere; too wide, it scrolls in its own box and the page does not. */
export function Table({ className, ...props }: ComponentProps<'table'>) {
  return (
    <div data-slot="table-box" className="relative w-full overflow-x-auto">
      <table data-slot="table" className={cn('w-full border-collapse', className)} {...props} />
    </div>
  )
}

export function TableHeader(props: ComponentProps<'thead'>) {
  return <thead data-slot="table-header" {...props} />
}

export function TableBody({ className, ...props }: ComponentProps<'tbody'>) {
  return (
    <tbody data-slot="table-body" className={cn('[&>tr:first-child>td]:border-t-0', className)} {...props} />
  )
}

export function TableRow({ className, ...props }: ComponentProps<'tr'>) {
  return (
    <tr
      data-slot="table-row"
      className={cn(
        'h-8 has-[a:focus-visible]:bg-muted/60 [tbody>&]:hover:bg-muted/60 aria-selected:bg-selected',
        className,
      )}
      {...props}
    />
  )
}

export function TableHead({ className, ...props }: ComponentProps<'th'>) {
  return (
    <th
      data-slot="table-head"
      scope="col"
      className={cn(
        'h-8 border-b px-3.5 text-left text-xs font-medium whitespace-nowrap text-faint',
        className,
      )}
      {...props}
    />
  )
}

export function TableCell({ className, ...props }: ComponentProps<'td'>) {
  return (
    <td data-slot="table-cell" className={cn('border-t border-hairline px-3.5 py-1', className)} {...props} />
  )
}
