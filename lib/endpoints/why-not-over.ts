import type { FieldIssue } from '#lib/errors.ts'
import { kindOf } from './kinds/kinds.ts'
import { oneReference, someReferences } from './kinds/over.ts'

/**
 * What is wrong with the options that name what an endpoint lies over; for types of which nothing else is known, and on
 * the agent, where an older row may hold a connection string.
 */
export function whyNotOver(type: string, settings: Record<string, string>): FieldIssue[] {
  const { group, check } = kindOf(type)
  if (group === 'over' && check) return check({ path: '', settings }, () => true)
  if (settings.upstreams !== undefined)
    return someReferences(settings.upstreams, /^endpoint:[0-9a-f-]{36}(\/[^:]*)?$/)
  return settings.remote === undefined ? [] : oneReference(settings.remote)
}
