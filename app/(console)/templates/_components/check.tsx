import type { ReactNode } from 'react'

/** One box to tick, with what it means beside it. */
export function Check({
  checked,
  onChange,
  children,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
}) {
  return (
    <label className="flex w-fit items-start gap-2 pointer-coarse:min-h-9 pointer-coarse:items-center">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-[3px] size-3.5 shrink-0 accent-primary pointer-coarse:mt-0 pointer-coarse:size-5"
      />
      <span>{children}</span>
    </label>
  )
}

/** Several boxes under one name, of which each puts a word into the list. */
export function Checks<T extends string>({
  legend,
  legendHidden = false,
  all,
  chosen,
  onChange,
  error,
}: {
  legend: string
  /** Where it stands in a line with others: only those who listen need it. */
  legendHidden?: boolean
  all: readonly (readonly [value: T, label: string])[]
  chosen: readonly T[]
  onChange: (chosen: T[]) => void
  error?: string
}) {
  return (
    <fieldset className="grid gap-1">
      <legend className={legendHidden ? 'sr-only' : 'mb-1 font-medium'}>{legend}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        {all.map(([value, label]) => (
          <Check
            key={value}
            checked={chosen.includes(value)}
            onChange={(on) =>
              onChange(all.flatMap(([one]) => ((one === value ? on : chosen.includes(one)) ? [one] : [])))
            }
          >
            {label}
          </Check>
        ))}
      </div>
      {error && <p className="text-sm text-fail">{error}</p>}
    </fieldset>
  )
}
