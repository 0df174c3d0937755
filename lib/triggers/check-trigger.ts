import type { FieldIssue } from '#lib/errors.ts'
import { whyNotCron } from '#lib/schedules/cron.ts'
import { nextDue, nextFirings } from '#lib/schedules/next-firings.ts'
import type { ScheduleSettings, TriggerSettings } from './schema.ts'

/** What is wrong with a trigger beyond its form, each at its field; `sourceType` is the kind of what it would feed on. */
export function whyNotTrigger(trigger: TriggerSettings, sourceType: string | undefined): FieldIssue[] {
  switch (trigger.type) {
    case 'schedule':
      return whyNotSchedule(trigger)
    case 'watch':
      return sourceType === undefined || sourceType === 'local'
        ? []
        : [
            {
              path: 'type',
              message: 'A watch looks at a folder of a machine. For S3 there are events of its bucket.',
            },
          ]
    case 's3':
      return sourceType === undefined || sourceType === 's3'
        ? []
        : [{ path: 'type', message: 'S3 events need a source of the kind S3.' }]
  }
}

/** What is wrong with a schedule beyond its form, at its field. */
export function whyNotSchedule(schedule: Omit<ScheduleSettings, 'type'>): FieldIssue[] {
  const given = [schedule.cron, schedule.everySeconds].filter((one) => one !== undefined)
  if (given.length !== 1)
    return [{ path: 'cron', message: 'A time in cron’s form, or an interval: one of the two.' }]
  const wrong = schedule.cron === undefined ? null : whyNotCron(schedule.cron)
  if (wrong) return [{ path: 'cron', message: wrong }]
  const now = { after: new Date(), since: new Date() }
  if (!nextDue(schedule, now)) return [{ path: 'cron', message: 'This time never comes.' }]
  if (nextFirings(schedule, { ...now, count: 1 }).length > 0) return []
  return [
    { path: 'blackout', message: 'Every firing falls into a blackout, so nothing would ever be fired.' },
  ]
}
