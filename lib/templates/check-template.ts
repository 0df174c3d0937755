import { isIP } from 'node:net'
import type { Tx } from '#lib/db/client.ts'
import { whyNotCalled } from '#lib/endpoints/hosts.ts'
import { sidesOverlap } from '#lib/endpoints/overlap.ts'
import { type FieldIssue, InvalidError } from '#lib/errors.ts'
import { findPlaces, type Place } from '#lib/jobs/insert-job.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { whyNotQueueAddress } from '#lib/s3-events/queue-address.ts'
import { whyNotTrigger } from '#lib/triggers/check-trigger.ts'
import { isTimeZone, type TriggerSettings } from '#lib/triggers/schema.ts'
import { matchesAll } from './pattern.ts'
import { eventVariable, fixedFolder, isPerFile, whyNotTemplatePath } from './variables.ts'

export type Draft = {
  operation: Operation
  source: { endpointId: string; path: string }
  pattern: string
  destination: { endpointId: string; path: string }
  timeZone: string
  triggers: readonly TriggerSettings[]
}

/** What the parts of a template must be together. Throws InvalidError with every problem at its field. */
export async function checkTemplate(tx: Tx, draft: Draft): Promise<void> {
  const { operation, source, pattern, destination, triggers } = draft
  const issues: FieldIssue[] = []
  const add = (path: string, message: string | null) => message && issues.push({ path, message })
  const rows = await findPlaces(tx, [source.endpointId, destination.endpointId])
  const find = (id: string) => rows.find((row) => row.id === id)
  const from = find(source.endpointId)
  const to = find(destination.endpointId)
  if (!from) add('source.endpointId', 'There is no such endpoint; it may have been deleted.')
  if (!to) add('destinations.0.endpointId', 'There is no such endpoint; it may have been deleted.')
  add('source.path', whyNotTemplatePath(source.path, { perFile: false, events: false }))
  const events = triggers.some(({ type }) => type === 's3')
  add('destinations.0.path', whyNotTemplatePath(destination.path, { perFile: true, events }))
  const told = events ? eventVariable(destination.path) : null
  if (told && triggers.some(({ type }) => type === 'schedule')) {
    add('destinations.0.path', `{${told}} has no value when a schedule runs: no event tells it.`)
  }
  add('timeZone', isTimeZone(draft.timeZone) ? null : 'A time zone such as Europe/Berlin.')
  if (operation === 'sync' && !matchesAll(pattern)) {
    add('pattern', 'A sync makes the destination like the source, all of it: leave the pattern empty.')
  }
  if (operation === 'sync' && isPerFile(destination.path)) {
    add(
      'destinations.0.path',
      'A sync keeps the names of the source: no {filename}, {path} or {event.…} here.',
    )
  }
  const isFed = triggers.some(({ type }) => type !== 'schedule')
  if (isFed && /[{}]/.test(source.path)) {
    add('source.path', 'What is watched has one place: no variables in its path.')
  }
  for (const [at, trigger] of triggers.entries()) {
    for (const issue of whyNotTrigger(trigger, from?.stored.type)) {
      issues.push({ path: `triggers.${at}.${issue.path}`, message: issue.message })
    }
    if (trigger.type === 'schedule' && trigger.pingUrl) {
      add(`triggers.${at}.pingUrl`, whyNotPinged(trigger.pingUrl))
    }
    if (trigger.type === 's3') {
      for (const { path, message } of whyNotQueueAddress(trigger)) add(`triggers.${at}.${path}`, message)
    }
  }
  // A source with variables is another one each time: its jobs are looked at when they are made.
  const isFixed = !/[{}]/.test(source.path)
  if (from && to && isFixed && liesInside(to, fixedFolder(destination.path), from, source.path)) {
    add(
      'destinations.0.path',
      isFed
        ? 'This lies inside what is watched: each file that arrives would be found again.'
        : 'This lies inside the source: each run would take what the ones before have put there.',
    )
  }
  if (issues.length > 0) throw new InvalidError(issues.map(({ message }) => message).join(' '), issues)
}

/** What its text says already; what its name leads to is looked at whenever it is called. */
function whyNotPinged(url: string): string | null {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  return isIP(host) ? whyNotCalled(host) : null
}

/** Whatever the operation, and by whichever of its names a storage is called: one bucket by two endpoints is one. */
function liesInside(to: Place, below: string, from: Place, above: string): boolean {
  return sidesOverlap(
    { stored: from.stored, below: above, agent: from.agentId },
    { stored: to.stored, below, agent: to.agentId },
    'copy',
  )
}
