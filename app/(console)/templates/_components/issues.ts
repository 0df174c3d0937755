import type { FieldIssue } from '#lib/errors.ts'
import type { Draft, DraftTrigger } from './draft.ts'

/** What is wrong at a field, or at a part of it: of "ignore" also "ignore.1". */
export function issueAt(issues: readonly FieldIssue[], field: string): string | undefined {
  const found =
    issues.find(({ path }) => path === field) ?? issues.find(({ path }) => path.startsWith(`${field}.`))
  return found?.message
}

const ofTemplate = [
  ...['name', 'operation', 'pattern', 'timeZone', 'description'],
  ...['source.endpointId', 'source.path', 'destinations.0.endpointId', 'destinations.0.path'],
  ...['options.bandwidth', 'options.transfers', 'options.priority', 'gather.windowMs', 'gather.most'],
]

const ofTriggers: Record<DraftTrigger['type'], readonly string[]> = {
  schedule: ['timeZone', 'missed', 'overlap', 'jitterSeconds', 'pausedUntil', 'pingUrl', 'blackout'],
  watch: ['kinds', 'readyAfterSeconds', 'marker', 'ignore', 'polling'],
  s3: [
    ...['queueUrl', 'region', 'kinds', 'endpointUrl', 'listEveryMinutes'],
    ...['settings.accessKeyId', 'settings.secretAccessKey', 'settings.sessionToken'],
  ],
}

/** What is wrong at no field that the form shows: it has to be said elsewhere. */
export function unshownIssues(
  issues: readonly FieldIssue[],
  { triggers }: Pick<Draft, 'triggers'>,
): FieldIssue[] {
  const shown = [...ofTemplate, ...triggers.flatMap(fieldsOf)]
  return issues.filter(({ path }) => !shown.some((field) => path === field || path.startsWith(`${field}.`)))
}

function fieldsOf(trigger: DraftTrigger, at: number): string[] {
  const time = trigger.type === 'schedule' && (trigger.everySeconds === undefined ? 'cron' : 'everySeconds')
  return ['type', 'id', ...ofTriggers[trigger.type], ...(time ? [time] : [])].map(
    (field) => `triggers.${at}.${field}`,
  )
}
