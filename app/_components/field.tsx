import { CircleAlert } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { cn } from './cn.ts'
import { Label } from './ui/label.tsx'

/** What the control must carry so that its label, help and error belong to it. */
export type FieldControl = {
  id: string
  name: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

export type FieldProps = {
  /** The field's place in the input, as errors name it. */
  name: string
  label: string
  help?: ReactNode
  /** From real data where there is some: "/srv/media". */
  example?: string
  error?: string | null
  optional?: boolean
  /** The control stands before its label: a switch. */
  inline?: boolean
  /** Below the help: longer help that folds, buttons, what became of the value. */
  below?: ReactNode
  className?: string
  children: (control: FieldControl) => ReactNode
}

/** Label above, help below, the error at the field in place of nothing else: the value stays. */
export function Field({
  name,
  label,
  help,
  example,
  error,
  optional,
  inline,
  below,
  className,
  children,
}: FieldProps) {
  const id = useId()
  const hasHelp = Boolean(help) || Boolean(example)
  const described = [error && `${id}-error`, hasHelp && `${id}-help`].filter(Boolean).join(' ')
  const caption = (
    <Label htmlFor={id}>
      {label}
      {optional && <span className="font-normal text-faint">optional</span>}
    </Label>
  )
  const control = children({
    id,
    name,
    'aria-describedby': described || undefined,
    'aria-invalid': error ? true : undefined,
  })
  return (
    <div className={cn('grid min-w-0 content-start gap-1', className)} data-field={name}>
      {inline ? (
        <div className="flex items-center gap-2.5">
          {control}
          {caption}
        </div>
      ) : (
        <>
          {caption}
          {control}
        </>
      )}
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1.5 text-sm text-fail">
          <CircleAlert aria-hidden className="mt-[3px] size-3 shrink-0" strokeWidth={2.4} />
          {error}
        </p>
      )}
      {hasHelp && (
        <p id={`${id}-help`} className="text-sm text-muted-foreground">
          {help}
          {help && example ? ' ' : null}
          {example && (
            <>
              For example <code className="font-mono text-foreground">{example}</code>
            </>
          )}
        </p>
      )}
      {below}
    </div>
  )
}
