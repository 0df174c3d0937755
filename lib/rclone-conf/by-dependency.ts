type Node = { id: string; needs: string[]; name: string; problems: { path: string; message: string }[] }

/** Each after those that it needs; those that need each other are told so, and stay at the end. */
export function byDependency<T extends Node>(items: readonly T[]): T[] {
  const ordered: T[] = []
  const placed = new Set<string>()
  let left = [...items]
  while (left.length > 0) {
    const here = new Set(left.map(({ id }) => id))
    const ready = left.filter(({ needs }) => needs.every((id) => placed.has(id) || !here.has(id)))
    if (ready.length === 0) {
      for (const item of left) {
        item.problems.push({ path: 'settings.remote', message: 'It lies over itself in the end.' })
      }
      return [...ordered, ...left]
    }
    ordered.push(...ready)
    for (const { id } of ready) placed.add(id)
    left = left.filter(({ id }) => !placed.has(id))
  }
  return ordered
}
