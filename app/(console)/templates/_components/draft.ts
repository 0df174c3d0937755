import type { Template, TemplateInput } from '#lib/templates/schema.ts'

type Given = NonNullable<TemplateInput['triggers']>[number]
type Kept<T> = T & { id?: string; key: string }
/** A trigger as the form holds it; `key` tells the fields apart while there is no id. */
export type DraftTrigger =
  | Kept<Extract<Given, { type: 'schedule' }>>
  | Kept<Extract<Given, { type: 'watch' }>>
  | Kept<Extract<Given, { type: 's3' }>>
export type ScheduleDraft = Extract<DraftTrigger, { type: 'schedule' }>
export type WatchDraft = Extract<DraftTrigger, { type: 'watch' }>
export type S3Draft = Extract<DraftTrigger, { type: 's3' }>

/** A template as it is typed: numbers are text, and what is empty is not given. */
export type Draft = {
  name: string
  description: string
  operation: Template['operation']
  source: { endpointId: string; path: string }
  pattern: string
  destination: { endpointId: string; path: string }
  timeZone: string
  bandwidth: string
  transfers: string
  priority: string
  windowMs: string
  most: string
  enabled: boolean
  triggers: DraftTrigger[]
}

export function emptyDraft(endpointIds: readonly string[]): Draft {
  const [first = '', second = first] = endpointIds
  return {
    name: '',
    description: '',
    operation: 'copy',
    source: { endpointId: first, path: '' },
    pattern: '*',
    destination: { endpointId: second, path: '' },
    timeZone: 'UTC',
    ...{ bandwidth: '', transfers: '', priority: '', windowMs: '', most: '' },
    enabled: true,
    triggers: [],
  }
}

/** Those that its form must be able to show. */
export function endpointsOf({ source, destinations }: Template): string[] {
  return [source, ...destinations].map(({ endpointId }) => endpointId)
}

const text = (value: number | undefined) => (value === undefined ? '' : String(value))

/** A saved template to change, or, as a copy, to make another from: then no trigger is that of the first. */
export function draftOf(template: Template, { copy }: { copy: boolean }): Draft {
  const { options, gather } = template
  return {
    name: copy ? `${template.name} copy` : template.name,
    description: template.description,
    operation: template.operation,
    source: template.source,
    pattern: template.pattern,
    destination: template.destinations[0]!,
    timeZone: template.timeZone,
    bandwidth: options.bandwidth ?? '',
    transfers: text(options.transfers),
    priority: text(options.priority),
    windowMs: text(gather.windowMs),
    most: text(gather.most),
    enabled: template.enabled,
    triggers: template.triggers.map((trigger) => {
      const { id, nextDueAt: _, health: __, ...rest } = trigger
      const { listing: ___, ...settings } = { listing: null, ...rest }
      const own = copy ? withoutSecrets(settings) : settings
      return { ...own, key: id, ...(!copy && { id }) } as DraftTrigger
    }),
  }
}

/** What is sealed for one trigger is of no use to another: it is typed again. */
function withoutSecrets<T extends { type: string }>(settings: T): T {
  if (settings.type !== 's3' || !('settings' in settings)) return settings
  const open = Object.entries(settings.settings as object).filter(([, value]) => typeof value === 'string')
  return { ...settings, settings: Object.fromEntries(open) }
}

/** The request's body; a change sends all of it. */
export function inputOf(draft: Draft): TemplateInput {
  const number = (value: string) => (value.trim() === '' ? undefined : Number(value))
  const known = (values: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
  return {
    name: draft.name,
    description: draft.description,
    operation: draft.operation,
    source: draft.source,
    pattern: draft.pattern,
    destinations: [draft.destination],
    timeZone: draft.timeZone,
    gather: known({ windowMs: number(draft.windowMs), most: number(draft.most) }),
    options: known({
      bandwidth: draft.bandwidth.trim(),
      transfers: number(draft.transfers),
      priority: number(draft.priority),
    }),
    enabled: draft.enabled,
    triggers: draft.triggers.map(({ key: _, ...trigger }) => withoutEmptyLines(trigger as Given)),
  }
}

/** A list is typed as lines, and a line may stand empty for a while. */
function withoutEmptyLines(trigger: Given): Given {
  if (trigger.type !== 'watch') return trigger
  const { ignore = [], ...rest } = trigger
  const names = ignore.filter((name) => name.trim() !== '')
  return names.length > 0 ? { ...rest, ignore: names } : rest
}
