import { folderOf, referencesIn } from '../references.ts'
import { issueAt } from './kind.ts'

// What a kind that lies over other endpoints names them by: chosen from a list, never typed as a connection string.

/** A folder after a reference stays below it. */
function climbs(value: string): boolean {
  return /(^|[/\\])\.\.?([/\\]|:|$)/.test(folderOf(value)) || /[\0\r\n]/.test(value)
}

export function oneReference(value: string | undefined) {
  const [reference] = referencesIn(value ?? '')
  const form = /^endpoint:[0-9a-f-]{36}(\/[^\n]*)?$/
  const right = reference !== undefined && form.test(value ?? '') && !climbs(value ?? '')
  return right
    ? []
    : [issueAt('remote', 'The endpoint that it lies over: endpoint:<id>, or endpoint:<id>/folder.')]
}

export function linesOf(upstreams = ''): string[] {
  return upstreams.split('\n').filter((line) => line.trim() !== '')
}

/** One a line in our words; rclone's own list, with its quotes, is made on the agent. */
export function someReferences(value: string | undefined, form: RegExp) {
  const lines = linesOf(value)
  if (lines.length === 0) return [issueAt('upstreams', 'At least one endpoint, one a line.')]
  const wrong = lines.find((line) => !form.test(line.trim()) || climbs(line.trim()))
  return wrong === undefined
    ? []
    : [
        issueAt(
          'upstreams',
          `"${wrong.slice(0, 80)}" names no endpoint: endpoint:<id> is expected, one a line.`,
        ),
      ]
}
