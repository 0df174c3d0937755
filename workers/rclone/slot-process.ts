import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SlotProcess } from '#lib/db/schema/agents.ts'

/** A killed process is gone in milliseconds; one that hangs in the kernel writes no more either. */
const DEATH_MS = 1000

/** A slot's process by number and start, or nothing when it is gone. */
export function slotProcess({ pid, folder }: { pid: number; folder: string }): SlotProcess[] {
  const startedAt = startOf(pid)
  return startedAt === null ? [] : [{ pid, startedAt, folder }]
}

/**
 * Ends a slot of another worker of this machine at once, unless its number belongs to another process by now.
 * Resolves when it is gone.
 */
export async function endSlotProcess({ pid, startedAt }: SlotProcess): Promise<void> {
  if (startOf(pid) !== startedAt) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended in the meantime, or belongs to somebody else.
  }
  const deadline = performance.now() + DEATH_MS
  while (startOf(pid) === startedAt && performance.now() < deadline) await sleep(5)
}

function startOf(pid: number): string | null {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return stdout?.trim() || null
  }
  try {
    // Field 22, in ticks since boot; the second field is a name in brackets that may hold blanks and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
