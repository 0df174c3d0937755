import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { SlotProcess } from '#lib/db/schema/agents.ts'

/** A slot's process by number and start, or nothing when it is gone. */
export function slotProcess(pid: number): SlotProcess[] {
  const startedAt = startOf(pid)
  return startedAt === null ? [] : [{ pid, startedAt }]
}

/** Ends a slot of another worker of this machine at once, unless its number belongs to another process by now. */
export function endSlotProcess({ pid, startedAt }: SlotProcess): void {
  if (startOf(pid) !== startedAt) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended in the meantime, or belongs to somebody else.
  }
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
