'use client'

import { Field } from '#app/_components/field.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { MOST_OF_A_JOB, WINDOW_MS } from '#lib/templates/gather.ts'
import type { Draft } from './draft.ts'
import { Folded } from './folded.tsx'
import { ZoneInput } from './zone-input.tsx'

const numbers = [
  {
    name: 'options.transfers',
    key: 'transfers',
    label: 'Files at a time',
    help: 'More helps on links with latency.',
    placeholder: '4',
    min: 1,
  },
  {
    name: 'options.priority',
    key: 'priority',
    label: 'Priority',
    help: 'Of its jobs in the queue: higher starts first.',
    placeholder: '0',
    min: -100,
  },
  {
    name: 'gather.windowMs',
    key: 'windowMs',
    label: 'Gather events for',
    help: 'Milliseconds: events that come within them travel in one job.',
    placeholder: String(WINDOW_MS),
    min: 0,
  },
  {
    name: 'gather.most',
    key: 'most',
    label: 'Files in one job',
    help: 'More make another job.',
    placeholder: String(MOST_OF_A_JOB),
    min: 1,
  },
] as const

/** What few templates need, folded away. */
export function TemplateOptions({
  draft,
  onChange,
  errorAt,
}: {
  draft: Draft
  onChange: (part: Partial<Draft>) => void
  errorAt: (field: string) => string | undefined
}) {
  const wrong = ['timeZone', 'options.bandwidth', 'description', ...numbers.map(({ name }) => name)].some(
    errorAt,
  )
  return (
    <Folded summary="Time zone, limits, gathering, description" wrong={wrong}>
      <div className="mt-3 grid items-start gap-3.5 sm:grid-cols-2">
        <Field
          name="timeZone"
          label="Time zone of dates in paths"
          example="Europe/Berlin"
          error={errorAt('timeZone')}
        >
          {(control) => (
            <ZoneInput
              {...control}
              value={draft.timeZone}
              onChange={(event) => onChange({ timeZone: event.target.value })}
            />
          )}
        </Field>
        <Field
          name="options.bandwidth"
          label="Bandwidth"
          help="MiB a second as M, KiB as K."
          example="10M"
          optional
          error={errorAt('options.bandwidth')}
        >
          {(control) => (
            <Input
              {...control}
              value={draft.bandwidth}
              onChange={(event) => onChange({ bandwidth: event.target.value })}
            />
          )}
        </Field>
        {numbers.map(({ name, key, label, help, placeholder, min }) => (
          <Field key={name} name={name} label={label} help={help} optional error={errorAt(name)}>
            {(control) => (
              <Input
                {...control}
                type="number"
                min={min}
                placeholder={placeholder}
                value={draft[key]}
                onChange={(event) => onChange({ [key]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <Field
          name="description"
          label="Description"
          optional
          className="sm:col-span-2"
          error={errorAt('description')}
        >
          {(control) => (
            <Textarea
              {...control}
              value={draft.description}
              onChange={(event) => onChange({ description: event.target.value })}
              maxLength={2000}
            />
          )}
        </Field>
      </div>
    </Folded>
  )
}
