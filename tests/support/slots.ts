import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { Slot } from '#workers/rclone/slot.ts'
import { startTransfer } from '#workers/rclone/transfer.ts'
import type {
  FileResult,
  LogEntry,
  Place,
  Skipped,
  Transfer,
  TransferEnd,
  TransferRequest,
} from '#workers/rclone/types.ts'
import { plant, tempFolder } from './files.ts'
import type { Later } from './later.ts'

/** A slot on the real rclone, ended with its test or file. */
export async function openSlot(later: Later, rclone: string = inject('rclone')): Promise<Slot> {
  const slot = await Slot.start({ rclone, runtimeDir: await tempFolder(later) })
  later(() => slot.close())
  return slot
}

/**
 * An rclone that file permissions hold for, although the tests run as root: the same user without the rights
 * that pass them over. For anyone else it is rclone itself.
 */
export async function ordinaryRclone(later: Later): Promise<string> {
  const rclone = inject('rclone')
  if (process.getuid?.() !== 0) return rclone
  const script = join(await tempFolder(later), 'rclone')
  const dropped = '-dac_override,-dac_read_search,-fowner'
  await writeFile(script, `#!/bin/sh\nexec setpriv --bounding-set=${dropped} -- '${rclone}' "$@"\n`)
  await chmod(script, 0o755)
  return script
}

export function local(root: string, path = ''): Place {
  return { type: 'local', root, path }
}

export type Told = { files: FileResult[]; skipped: Skipped[]; log: LogEntry[] }
export type Ended = TransferEnd & Told

let groups = 0

/** Starts a transfer and keeps what it tells. */
export function begin(
  slot: Slot,
  request: Omit<TransferRequest, 'group' | 'options' | 'sourceIsFile'> & Partial<TransferRequest>,
): Transfer & { group: string; told: Told } {
  const told: Told = { files: [], skipped: [], log: [] }
  const group = request.group ?? `test-${++groups}`
  const transfer = startTransfer(slot, {
    options: {},
    sourceIsFile: false,
    onFile: (file) => told.files.push(file),
    onSkipped: (skipped) => told.skipped.push(skipped),
    onLog: (entry) => told.log.push(entry),
    ...request,
    group,
  })
  return { ...transfer, group, told }
}

/** The same, to its end, with its files by path. */
export async function carryOut(slot: Slot, request: Parameters<typeof begin>[1]): Promise<Ended> {
  const transfer = begin(slot, request)
  const end = await transfer.done
  await slot.reset(transfer.group)
  transfer.told.files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { ...end, ...transfer.told }
}

export type Sides = { in: string; out: string; source: Place; destination: Place }

/** Two fresh folders for one test. */
export async function openSides(files: Parameters<typeof plant>[1] = {}): Promise<Sides> {
  const root = await tempFolder(onTestFinished)
  await plant(join(root, 'in'), files)
  await plant(join(root, 'out'), {})
  return {
    in: join(root, 'in'),
    out: join(root, 'out'),
    source: local(join(root, 'in')),
    destination: local(join(root, 'out')),
  }
}
