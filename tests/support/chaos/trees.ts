import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Chance } from './random.ts'

const folders = ['', '', 'a/', 'a/b/', 'naïve folder/', 'deep/er/and/deeper/', '-dash/']

/**
 * Plants a random tree and, at the destination, what a job finds in its way: the same files, older ones, others.
 * A few seconds' work at a megabyte a second.
 */
export async function plantSides(chance: Chance, source: string, destination: string): Promise<void> {
  await mkdir(source, { recursive: true })
  await mkdir(destination, { recursive: true })
  const count = chance.whole(2, 40)
  for (let n = 0; n < count; n += 1) {
    const path = `${chance.pick(folders)}${chance.pick(['f', 'Ünï', 'with blank ', 'x.tar.'])}${n}`
    const content = chance.bytes(sizeOf(chance))
    const time = new Date(Date.UTC(2024, 1, 1) + chance.whole(0, 10 ** 7) * 1000)
    await put(join(source, path), content, time)
    const there = chance.next()
    const older = new Date(time.getTime() - 10 ** 6)
    if (there < 0.1) await put(join(destination, path), content, time)
    else if (there < 0.2) await put(join(destination, path), chance.bytes(content.length + 1), older)
  }
  for (let n = chance.whole(0, 5); n > 0; n -= 1) {
    await put(join(destination, `${chance.pick(folders)}extra-${n}`), chance.bytes(100), new Date())
  }
}

function sizeOf(chance: Chance): number {
  if (chance.likely(0.1)) return 0
  if (chance.likely(0.1)) return chance.whole(1_000_000, 3_000_000)
  return chance.whole(1, 30_000)
}

async function put(path: string, content: Buffer, time: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  await utimes(path, time, time)
}
