import { Field } from '#app/_components/field.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { FormValues } from './form-values.ts'

export type LimitFieldsProps = {
  values: FormValues
  change: (part: Partial<FormValues>) => void
  errorAt: (field: string) => string | undefined
}

export function LimitFields({ values, change, errorAt }: LimitFieldsProps) {
  const isSet = values.bandwidth !== '' || values.transfers !== ''
  return (
    <details open={isSet || undefined}>
      <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">Limits</summary>
      <div className="mt-3 grid items-start gap-4 sm:grid-cols-2">
        <Field
          name="limits.bandwidth"
          label="Bandwidth of each job that uses it"
          help="MiB a second as M, KiB as K."
          example="50M"
          optional
          error={errorAt('limits.bandwidth')}
        >
          {(control) => (
            <Input
              {...control}
              value={values.bandwidth}
              onChange={(event) => change({ bandwidth: event.target.value.trim() })}
            />
          )}
        </Field>
        <Field
          name="limits.transfers"
          label="Files at a time"
          help="Of each job that uses it."
          optional
          error={errorAt('limits.transfers')}
        >
          {(control) => (
            <Input
              {...control}
              type="number"
              min={1}
              max={64}
              value={values.transfers}
              onChange={(event) => change({ transfers: event.target.value })}
            />
          )}
        </Field>
      </div>
    </details>
  )
}
