'use client'

import { Plus, X } from 'lucide-react'
import { Field } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Checks } from './check.tsx'
import type { ScheduleDraft } from './draft.ts'
import { Folded } from './folded.tsx'
import type { TriggerFieldsProps } from './schedule-fields.tsx'

const days = [
  ['1', 'Mon'],
  ['2', 'Tue'],
  ['3', 'Wed'],
  ['4', 'Thu'],
  ['5', 'Fri'],
  ['6', 'Sat'],
  ['0', 'Sun'],
] as const

/** What few schedules need: jitter, blackout, pause, ping. */
export function ScheduleMore({ value, onChange, errorAt }: TriggerFieldsProps<ScheduleDraft>) {
  const windows = value.blackout ?? []
  // They have no names of their own, and what is typed must not make another field of one.
  const named = windows.map((window, at) => ({ window, at, name: `window ${at}` }))
  const setWindow = (at: number, window: (typeof windows)[number] | null) =>
    onChange({
      ...value,
      blackout: window === null ? windows.filter((_, n) => n !== at) : windows.with(at, window),
    })
  return (
    <Folded
      summary="Spread, quiet hours, pause and ping"
      wrong={['jitterSeconds', 'pausedUntil', 'pingUrl', 'blackout'].some(errorAt)}
    >
      <div className="mt-3 grid gap-3.5 sm:grid-cols-2">
        <Field
          name="jitterSeconds"
          label="Spread over"
          help="Seconds: each firing comes up to so much later, so that many do not begin in one moment."
          optional
          error={errorAt('jitterSeconds')}
        >
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              max={86_400}
              value={value.jitterSeconds || ''}
              onChange={(event) => onChange({ ...value, jitterSeconds: Number(event.target.value) })}
            />
          )}
        </Field>
        <Field
          name="pausedUntil"
          label="Paused until"
          help="No firing before this; by this browser’s clock."
          optional
          error={errorAt('pausedUntil')}
        >
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              value={value.pausedUntil ? localTime(value.pausedUntil) : ''}
              onChange={(event) =>
                onChange({
                  ...value,
                  pausedUntil: event.target.value ? new Date(event.target.value).toISOString() : null,
                })
              }
            />
          )}
        </Field>
        <Field
          name="pingUrl"
          label="Ping after each firing"
          help="An address that is called, such as one of a service that watches schedules."
          optional
          className="sm:col-span-2"
          error={errorAt('pingUrl')}
        >
          {(control) => (
            <Input
              {...control}
              type="url"
              value={value.pingUrl ?? ''}
              onChange={(event) => onChange({ ...value, pingUrl: event.target.value || undefined })}
              spellCheck={false}
            />
          )}
        </Field>
        <div className="grid gap-2 sm:col-span-2">
          <p className="font-medium">Quiet hours</p>
          <p className="text-sm text-muted-foreground">
            Nothing is fired in them; what is due then is left out. No day chosen means each day.
          </p>
          {named.map(({ window, at, name }) => (
            <div key={name} className="flex flex-wrap items-center gap-2">
              <Input
                type="time"
                aria-invalid={errorAt(`blackout.${at}`) ? true : undefined}
                aria-label={`Quiet hours ${at + 1} from`}
                value={window.from}
                onChange={(event) => setWindow(at, { ...window, from: event.target.value })}
                className="w-28"
              />
              <span className="text-muted-foreground">to</span>
              <Input
                type="time"
                aria-invalid={errorAt(`blackout.${at}`) ? true : undefined}
                aria-label={`Quiet hours ${at + 1} to`}
                value={window.to}
                onChange={(event) => setWindow(at, { ...window, to: event.target.value })}
                className="w-28"
              />
              <Checks
                legend={`Days of quiet hours ${at + 1}`}
                legendHidden
                all={days}
                chosen={(window.days ?? []).map((day) => String(day) as (typeof days)[number][0])}
                onChange={(chosen) =>
                  setWindow(at, {
                    from: window.from,
                    to: window.to,
                    ...(chosen.length > 0 && { days: chosen.map(Number) }),
                  })
                }
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Take away quiet hours ${at + 1}`}
                onClick={() => setWindow(at, null)}
              >
                <X aria-hidden />
              </Button>
            </div>
          ))}
          {errorAt('blackout') && <p className="text-sm text-fail">{errorAt('blackout')}</p>}
          <Button
            className="w-fit"
            onClick={() => onChange({ ...value, blackout: [...windows, { from: '08:00', to: '18:00' }] })}
          >
            <Plus aria-hidden />
            Add quiet hours
          </Button>
        </div>
      </div>
    </Folded>
  )
}

/** As the browser's own field writes it: the local clock, without a zone. */
function localTime(iso: string): string {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
