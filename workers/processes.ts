import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import type { ProcessMark } from '#lib/db/schema/agents.ts'

// Which process of which machine: what lets one worker judge and end what another one left behind.

/**
 * Names this boot of this machine and, on Linux, the namespace that process numbers belong to: only whoever has
 * the same name may judge them. Null where it cannot be told; then nobody judges them.
 */
export function machineIdentity(): string | null {
  try {
    if (process.platform === 'darwin') {
      return (
        spawnSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).stdout.trim() ||
        null
      )
    }
    // A /proc of another namespace, as `unshare --pid` leaves behind, numbers other processes.
    if (readlinkSync('/proc/self') !== String(process.pid)) return null
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return null
  }
}

/** A process of this machine by number and start, or null when it has ended or cannot be looked at. */
export function markOf(pid: number): ProcessMark | null {
  const found = look(pid)
  return found === 'ended' || found === 'unseen' ? null : { pid, startedAt: found.startedAt }
}

/** Whether a process of this machine has certainly ended, its number given on or not. In doubt it lives. */
export function hasEnded({ pid, startedAt }: ProcessMark): boolean {
  const found = look(pid)
  return found === 'ended' || (found !== 'unseen' && found.startedAt !== startedAt)
}

/** Ends a process of this machine at once, unless its number belongs to another by now. */
export function endProcess(mark: ProcessMark): void {
  if (markOf(mark.pid)?.startedAt !== mark.startedAt) return
  try {
    process.kill(mark.pid, 'SIGKILL')
  } catch {
    // It ended in the meantime, or belongs to somebody else.
  }
}

type Found = { startedAt: string } | 'ended' | 'unseen'

/** A zombie has ended: nobody has asked for its status yet. */
function look(pid: number): Found {
  const [state, startedAt] = (process.platform === 'linux' ? fromProc : fromPs)(pid)
  if (state && 'ZX'.includes(state[0]!)) return 'ended'
  if (startedAt) return { startedAt }
  // Hidden, perhaps: a /proc mounted with hidepid shows nothing of other users' processes.
  return exists(pid) ? 'unseen' : 'ended'
}

function fromProc(pid: number): (string | undefined)[] {
  try {
    // Fields 3 and 22, the start in ticks since boot; field 2 is a name in brackets that may hold blanks and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [fields[0], fields[19]]
  } catch {
    return []
  }
}

function fromPs(pid: number): (string | undefined)[] {
  // Two workers may have different time zones and languages; the same process must read the same to both.
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env })
  return /^(\S+)\s+(.*)$/.exec(stdout?.trim() ?? '')?.slice(1) ?? []
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
