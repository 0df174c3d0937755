'use client'

import { Field } from '#app/_components/field.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { Check, Checks } from './check.tsx'
import type { WatchDraft } from './draft.ts'
import { Folded } from './folded.tsx'
import type { TriggerFieldsProps } from './schedule-fields.tsx'

const kinds = [
  ['created', 'created'],
  ['changed', 'changed'],
  ['removed', 'removed (for a sync)'],
] as const

/** When a file in the watched folder counts. */
export function WatchFields({ value, onChange, errorAt }: TriggerFieldsProps<WatchDraft>) {
  return (
    <div className="grid gap-3.5">
      <Checks
        legend="When a file is"
        all={kinds}
        chosen={value.kinds ?? ['created', 'changed']}
        onChange={(chosen) => onChange({ ...value, kinds: chosen })}
        error={errorAt('kinds')}
      />
      <div className="grid items-start gap-3.5 sm:grid-cols-2">
        <Field
          name="readyAfterSeconds"
          label="Ready when unchanged for"
          help="Seconds, over two looks: a file that is still written to is not taken."
          error={errorAt('readyAfterSeconds')}
        >
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              max={86_400}
              step="any"
              value={value.readyAfterSeconds ?? 5}
              onChange={(event) => onChange({ ...value, readyAfterSeconds: Number(event.target.value) })}
            />
          )}
        </Field>
        <Field
          name="marker"
          label="Or when a marker lies beside it"
          help="The name of a file that says the other is whole."
          example="{filename}.done"
          optional
          error={errorAt('marker')}
        >
          {(control) => (
            <Input
              {...control}
              value={value.marker ?? ''}
              onChange={(event) => onChange({ ...value, marker: event.target.value || undefined })}
              spellCheck={false}
              className="font-mono"
            />
          )}
        </Field>
      </div>
      <Check checked={value.recursive ?? true} onChange={(recursive) => onChange({ ...value, recursive })}>
        Look into subfolders
      </Check>
      <Check checked={value.existing ?? false} onChange={(existing) => onChange({ ...value, existing })}>
        Take what lies there already, too
      </Check>
      <Folded summary="Names to ignore, and how it looks" wrong={['ignore', 'polling'].some(errorAt)}>
        <div className="mt-3 grid items-start gap-3.5 sm:grid-cols-2">
          <Field
            name="ignore"
            label="Names that never count"
            help="One a line. Left empty: those that programs write to at first, such as *.part and .~*."
            optional
            error={errorAt('ignore')}
          >
            {(control) => (
              <Textarea
                {...control}
                value={(value.ignore ?? []).join('\n')}
                onChange={(event) => {
                  const { value: text } = event.target
                  onChange({ ...value, ignore: text === '' ? undefined : text.split('\n') })
                }}
                spellCheck={false}
                className="font-mono"
              />
            )}
          </Field>
          <Field
            name="polling"
            label="How it looks"
            help="Network shares tell of nothing, so they are looked at every few seconds."
            error={errorAt('polling')}
          >
            {(control) => (
              <Select
                {...control}
                value={value.polling === undefined ? '' : String(value.polling)}
                onChange={(event) => {
                  const { value: chosen } = event.target
                  onChange({ ...value, polling: chosen === '' ? undefined : chosen === 'true' })
                }}
              >
                <option value="">Found out by itself</option>
                <option value="true">Every few seconds</option>
                <option value="false">By what the disk tells</option>
              </Select>
            )}
          </Field>
        </div>
      </Folded>
    </div>
  )
}
