import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** At a time; what is looked for may lie across two reads. */
const CHUNK = 8 * 1024 * 1024

/**
 * Linux, as root or the process's own user: which of these bytes the memory of a running process holds now, by name.
 */
export function foundInMemory(pid: number, wanted: Record<string, Buffer>): string[] {
  const found = new Set<string>()
  const overlap = Math.max(...Object.values(wanted).map(({ length }) => length))
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const [from, to] of regionsOf(pid)) {
      for (let at = from; at < to; at += CHUNK - overlap) {
        const buffer = Buffer.alloc(Math.min(CHUNK, to - at))
        const length = readAt(memory, buffer, at)
        const read = buffer.subarray(0, length)
        for (const [name, bytes] of Object.entries(wanted)) if (read.includes(bytes)) found.add(name)
        if (length < CHUNK) break
      }
    }
  } finally {
    closeSync(memory)
  }
  return [...found].sort()
}

function regionsOf(pid: number): [from: number, to: number][] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line): [number, number][] => {
      const parts = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line)
      if (!parts || /\[v(var|syscall|dso)/.test(line)) return []
      return [[Number.parseInt(parts[1]!, 16), Number.parseInt(parts[2]!, 16)]]
    })
}

/** Regions come and go while they are read. */
function readAt(file: number, buffer: Buffer, at: number): number {
  try {
    return readSync(file, buffer, 0, buffer.length, at)
  } catch {
    return 0
  }
}
