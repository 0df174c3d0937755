import picomatch from 'picomatch'

// Browser-safe. Which files a template means.

/**
 * A test for paths relative to the source. Without "/" the pattern is matched against base names, at any depth; a name
 * that begins with a dot is matched like any other.
 */
export function matcher(pattern: string): (path: string) => boolean {
  if (pattern === '' || pattern === '*' || pattern === '**') return () => true
  const whole = pattern.includes('/')
  const matches = picomatch(pattern.replace(/^\//, ''), { dot: true, nonegate: true })
  return (path) => matches(whole ? path : (path.split('/').at(-1) ?? ''))
}

/** Whether every file is meant, so that whole folders may be handed to rclone. */
export function matchesAll(pattern: string): boolean {
  return ['', '*', '**', '**/*'].includes(pattern)
}

/** What is wrong with a pattern, or null. */
export function whyNotPattern(pattern: string): string | null {
  if (pattern.includes('\0')) return 'A pattern holds no NUL.'
  if (pattern.split('/').includes('..')) return 'A pattern cannot climb with "..".'
  try {
    picomatch(pattern, { dot: true, nonegate: true, debug: true })
    return null
  } catch {
    return 'This pattern cannot be read. *.mov and raw/**/*.dpx are examples.'
  }
}
