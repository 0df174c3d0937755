// Browser-safe.

/** a5.mov is a5 and mov. What begins with a dot, or is all dots before its last one, has no extension. */
export function splitName(filename: string): { name: string; ext: string } {
  const dot = filename.lastIndexOf('.')
  const hasExt = /[^.]/.test(filename.slice(0, Math.max(0, dot)))
  return hasExt ? { name: filename.slice(0, dot), ext: filename.slice(dot + 1) } : { name: filename, ext: '' }
}
