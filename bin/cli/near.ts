/** The names that were probably meant, nearest first; at most three. */
export function nearNames(wanted: string, names: string[]): string[] {
  const given = wanted.toLowerCase()
  return names
    .map((name) => ({ name, far: distance(given, name.toLowerCase()) }))
    .filter(({ name, far }) => {
      const isBeginning = given.length > 1 && name.toLowerCase().startsWith(given)
      return isBeginning || far <= Math.max(1, Math.floor(Math.max(given.length, name.length) / 3))
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** How many letters must be changed, added or left out (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min(row[j]! + (letter === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
