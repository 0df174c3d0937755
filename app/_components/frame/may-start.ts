import type { Person } from './frame-context.tsx'

/** Whether buttons that change something are offered. The verbs decide; this only spares a refusal. */
export function mayStart(person: Person): boolean {
  return person.role !== 'viewer'
}
