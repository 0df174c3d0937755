import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tempFolder } from './files.ts'
import type { Later } from './later.ts'

export type Clock = {
  /** For the process whose clock it is to be. */
  env: Record<string, string>
  /** Sets the clock of a running process off by so many milliseconds. */
  jump(process: { kill(signal: NodeJS.Signals): boolean }, byMs: number): Promise<void>
}

/** Loaded into the process before all else: its Date goes by an offset that it reads again at each signal. */
const SHIFTED = `
import { readFileSync } from 'node:fs'
const file = process.env.TEST_CLOCK
const Real = Date
let offset = 0
process.on('SIGUSR2', () => { offset = Number(readFileSync(file, 'utf8')) })
globalThis.Date = class extends Real {
  constructor(...parts) { parts.length === 0 ? super(Real.now() + offset) : super(...parts) }
  static now() { return Real.now() + offset }
}
`

/** A clock of one process that can be set while it runs; timers and the monotonic clock go on, as on a machine. */
export async function ownClock(later: Later): Promise<Clock> {
  const folder = await tempFolder(later)
  const module = join(folder, 'clock.mjs')
  const offset = join(folder, 'offset')
  await writeFile(module, SHIFTED)
  return {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(module).href}`, TEST_CLOCK: offset },
    async jump(process, byMs) {
      await writeFile(offset, String(byMs))
      process.kill('SIGUSR2')
    },
  }
}
