const LOUD = new Set(['warn', 'error', 'fatal'])

/**
 * What of a child's line a person at the console should see; undefined when it only belongs in the log. A
 * JSON line (pino's) speaks for itself by its level; any other line counts when it came on standard error.
 */
export function forConsole(line: string, isError: boolean): string | undefined {
  const entry = parse(line)
  if (!entry) return isError && line.trim() !== '' ? line : undefined
  if (!LOUD.has(String(entry.level))) return undefined
  const cause = entry.err
  const reason = isObject(cause) ? cause.message : cause
  return `${entry.level}: ${entry.msg ?? ''}${typeof reason === 'string' ? `: ${reason}` : ''}`
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) && 'level' in value ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
