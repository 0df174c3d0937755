import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '#lib/errors.ts'
import { tryLock } from '#lib/file-lock.ts'
import { run } from '#workers/run.ts'

/** What `next build` reads. */
const INPUTS = [
  ...['app', 'lib', 'public'],
  ...['next.config.ts', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json', 'instrumentation.ts'],
]

export type BuildOptions = {
  root: string
  env: Record<string, string | undefined>
  say: (line: string) => void
  signal?: AbortSignal
}

/**
 * Builds the pages when anything they are made from has changed since the last build. Two starts at once from
 * one clone take turns. Throws UnavailableError with the build's own output when it fails.
 */
export async function buildPages({ root, env, say, signal }: BuildOptions): Promise<void> {
  const stamp = join(root, '.next', 'file-orbit-build')
  const wanted = hashOf(root)
  const isCurrent = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isCurrent()) return

  const lock = await waitForLock(join(root, 'node_modules', '.cache'), say, signal)
  try {
    if (isCurrent() || signal?.aborted) return
    rmSync(stamp, { force: true })
    const since = performance.now()
    const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
    const built = await run(process.execPath, [next, 'build'], { cwd: root, env, signal })
    if (signal?.aborted) return
    if (built.status !== 0)
      throw new UnavailableError(`${built.output}\nThe pages could not be built (next build).`)
    writeFileSync(stamp, wanted)
    say(`Built the pages in ${((performance.now() - since) / 1000).toFixed(1)} s`)
  } finally {
    lock?.release()
  }
}

async function waitForLock(folder: string, say: (line: string) => void, signal?: AbortSignal) {
  await mkdir(folder, { recursive: true })
  let waited = false
  while (!signal?.aborted) {
    const lock = tryLock(join(folder, 'file-orbit-build.lock'))
    if (lock) return lock
    if (!waited) say('Waiting for another start, which builds the pages')
    waited = true
    await sleep(200)
  }
}

/** Of names and contents: times and modes change with a checkout, and two clones may share a mirror. */
function hashOf(root: string): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const input of INPUTS) {
    const path = join(root, input)
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) continue
    const files = found.isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : ['']
    for (const name of files) {
      const file = join(path, name)
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue
      const content = readFileSync(file)
      hash.update(`${join(input, name)} ${content.length}\n`).update(content)
    }
  }
  return hash.digest('hex')
}
