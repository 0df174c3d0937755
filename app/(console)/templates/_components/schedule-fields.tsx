'use client'

import { useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { SchedulePreview as Preview } from '#lib/schedules/say-firings.ts'
import type { ScheduleDraft } from './draft.ts'
import { issueAt } from './issues.ts'
import { missedWords, overlapWords } from './policies.ts'
import { ScheduleMore } from './schedule-more.tsx'
import { SchedulePreview } from './schedule-preview.tsx'
import { useAsked } from './use-asked.ts'
import { ZoneInput } from './zone-input.tsx'

export type TriggerFieldsProps<T> = {
  value: T
  onChange: (value: T) => void
  /** By the field's place in the trigger: "cron". */
  errorAt: (field: string) => string | undefined
}

const units = [
  { seconds: 86_400, label: 'days' },
  { seconds: 3600, label: 'hours' },
  { seconds: 60, label: 'minutes' },
  { seconds: 1, label: 'seconds' },
]

const FIRST_INTERVAL = 3600
const SETTLE_MS = 250

/** In which a span is a whole number. */
function largestUnit(span: number): number {
  return units.find(({ seconds }) => span % seconds === 0)?.seconds ?? 1
}

/** A time in cron's form or an interval, its policies, and what comes of it as one types. */
export function ScheduleFields({ value, onChange, errorAt }: TriggerFieldsProps<ScheduleDraft>) {
  const { key: _, id: __, ...schedule } = value
  const asked = useAsked<Preview>('/templates/firings', schedule, SETTLE_MS)
  const told = (field: string) => errorAt(field) ?? issueAt(asked.refusal?.issues ?? [], field)
  const every = value.everySeconds
  // Chosen once: 24 hours that are typed on the way to 240 must not become a day.
  const [unit, setUnit] = useState(() => largestUnit(every ?? FIRST_INTERVAL))
  const missed = value.missed ?? 'once'
  const overlap = value.overlap ?? 'skip'
  return (
    <div className="grid gap-3.5">
      <div className="grid items-start gap-3.5 sm:grid-cols-[150px_minmax(0,1fr)_minmax(0,1fr)]">
        <Field name="kind" label="Fires">
          {(control) => (
            <Select
              {...control}
              value={every === undefined ? 'cron' : 'every'}
              onChange={(event) => {
                if (event.target.value === 'cron') {
                  return onChange({ ...value, cron: '0 2 * * *', everySeconds: undefined })
                }
                setUnit(largestUnit(FIRST_INTERVAL))
                onChange({ ...value, cron: undefined, everySeconds: FIRST_INTERVAL })
              }}
            >
              <option value="cron">At times</option>
              <option value="every">Every so often</option>
            </Select>
          )}
        </Field>
        {every === undefined ? (
          <Field
            name="cron"
            label="Minute hour day month weekday"
            help="Five fields, or @hourly, @daily, @weekly, @monthly."
            example="30 2 * * 1-5"
            error={told('cron')}
          >
            {(control) => (
              <Input
                {...control}
                value={value.cron ?? ''}
                onChange={(event) => onChange({ ...value, cron: event.target.value })}
                spellCheck={false}
                className="font-mono"
              />
            )}
          </Field>
        ) : (
          <Field name="everySeconds" label="Every" error={told('everySeconds')}>
            {(control) => (
              <div className="grid grid-cols-2 gap-1.5">
                <Input
                  {...control}
                  type="number"
                  min={1}
                  value={every / unit}
                  onChange={(event) =>
                    onChange({
                      ...value,
                      everySeconds: Math.round(Number(event.target.value) * unit),
                    })
                  }
                />
                <Select
                  aria-label="Unit"
                  value={unit}
                  onChange={(event) => {
                    const chosen = Number(event.target.value)
                    setUnit(chosen)
                    onChange({ ...value, everySeconds: Math.round((every / unit) * chosen) })
                  }}
                >
                  {units.map(({ seconds, label }) => (
                    <option key={seconds} value={seconds}>
                      {label}
                    </option>
                  ))}
                </Select>
              </div>
            )}
          </Field>
        )}
        <Field name="timeZone" label="By the clock of" help="A time zone." error={told('timeZone')}>
          {(control) => (
            <ZoneInput
              {...control}
              value={value.timeZone ?? 'UTC'}
              onChange={(event) => onChange({ ...value, timeZone: event.target.value })}
            />
          )}
        </Field>
      </div>
      <SchedulePreview asked={asked} />
      <div className="grid items-start gap-3.5 sm:grid-cols-2">
        <Field name="missed" label="Missed firings" help={missedWords[missed]} error={told('missed')}>
          {(control) => (
            <Select
              {...control}
              value={missed}
              onChange={(event) => onChange({ ...value, missed: event.target.value as typeof missed })}
            >
              <option value="once">Make up for them once</option>
              <option value="all">Make up for each</option>
              <option value="skip">Leave them out</option>
            </Select>
          )}
        </Field>
        <Field
          name="overlap"
          label="When the run before is not over"
          help={overlapWords[overlap]}
          error={told('overlap')}
        >
          {(control) => (
            <Select
              {...control}
              value={overlap}
              onChange={(event) => onChange({ ...value, overlap: event.target.value as typeof overlap })}
            >
              <option value="skip">Skip</option>
              <option value="queue">Wait for it</option>
              <option value="replace">Cancel it</option>
            </Select>
          )}
        </Field>
      </div>
      <ScheduleMore value={value} onChange={onChange} errorAt={told} />
    </div>
  )
}
