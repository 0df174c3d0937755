'use client'

import { CalendarClock, Eye, Inbox, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useId } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import type { DraftTrigger } from './draft.ts'

const waiting = () => <div aria-busy className="h-96" />
const ScheduleFields = dynamic(() => import('./schedule-fields.tsx').then((file) => file.ScheduleFields), {
  loading: waiting,
})
const WatchFields = dynamic(() => import('./watch-fields.tsx').then((file) => file.WatchFields), {
  loading: waiting,
})
const S3Fields = dynamic(() => import('./s3-fields.tsx').then((file) => file.S3Fields), { loading: waiting })

const names = { schedule: 'Schedule', watch: 'Folder watch', s3: 'S3 events' } as const

export type TriggerListProps = {
  triggers: DraftTrigger[]
  onChange: (triggers: DraftTrigger[]) => void
  /** Of the source: what can be watched depends on it. */
  sourceType: string | undefined
  /** Bucket and prefix of the source, for the AWS side. */
  bucket: string
  timeZone: string
  errorAt: (field: string) => string | undefined
}

/** What starts the template: any number of schedules, watches and queues. */
export function TriggerList({ triggers, onChange, sourceType, bucket, timeZone, errorAt }: TriggerListProps) {
  const key = useId()
  const add = (trigger: DraftTrigger) => onChange([...triggers, trigger])
  const fresh = () => `${key}${triggers.length}${Date.now()}`
  return (
    <section aria-label="What starts it" className="grid gap-3">
      <h2 className="font-semibold text-muted-foreground">What starts it</h2>
      {triggers.length === 0 && (
        <p className="text-muted-foreground">Nothing yet: it runs when a person says so.</p>
      )}
      {triggers.map((trigger, at) => {
        const change = (next: DraftTrigger) => onChange(triggers.with(at, next))
        const own = (field: string) => errorAt(`triggers.${at}.${field}`)
        const wrong = own('type') ?? own('id')
        return (
          <fieldset key={trigger.key} className="min-w-0 rounded-lg border bg-card p-3.5 shadow-lift">
            <legend className="sr-only">{`${names[trigger.type]} ${at + 1}`}</legend>
            <div className="mb-2 flex items-center justify-between">
              <h3 className="font-semibold">{names[trigger.type]}</h3>
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Take away the ${names[trigger.type].toLowerCase()}`}
                onClick={() => onChange(triggers.filter((_, n) => n !== at))}
              >
                <X aria-hidden />
              </Button>
            </div>
            {wrong && <p className="mb-2 text-sm text-fail">{wrong}</p>}
            {trigger.type === 'schedule' && (
              <ScheduleFields value={trigger} onChange={change} errorAt={own} />
            )}
            {trigger.type === 'watch' && <WatchFields value={trigger} onChange={change} errorAt={own} />}
            {trigger.type === 's3' && (
              <S3Fields value={trigger} onChange={change} errorAt={own} bucket={bucket} />
            )}
          </fieldset>
        )
      })}
      <div className="flex flex-wrap gap-1.5">
        <Button onClick={() => add({ type: 'schedule', key: fresh(), cron: '0 2 * * *', timeZone })}>
          <CalendarClock aria-hidden />
          Add a schedule
        </Button>
        <Button
          onClick={() => add({ type: 'watch', key: fresh() })}
          disabled={sourceType !== 'local'}
          title={sourceType === 'local' ? undefined : 'A watch looks at a folder of a machine.'}
        >
          <Eye aria-hidden />
          Watch the folder
        </Button>
        <Button
          onClick={() => add({ type: 's3', key: fresh(), queueUrl: '', region: '' })}
          disabled={sourceType !== 's3'}
          title={sourceType === 's3' ? undefined : 'S3 events need a source of the kind S3.'}
        >
          <Inbox aria-hidden />
          Take S3 events
        </Button>
      </div>
    </section>
  )
}
