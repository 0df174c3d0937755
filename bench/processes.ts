import { readdirSync, readFileSync } from 'node:fs'

// Linux only: what /proc says of processes.

/** Ticks a second of the processor times in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100

type Process = { pid: number; parent: number; command: string; cpuSeconds: number }

function look(pid: number): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return []
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    // User and system time, its own and that of the children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return [{ pid, parent: Number(fields[1]), command, cpuSeconds: ticks / TICKS }]
  } catch {
    return []
  }
}

/** A process and all below it. */
export function treeOf(root: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => look(Number(name)))
  const below = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)])
  return [...all.filter(({ pid }) => pid === root), ...below(root)]
}

/** The one child of `parent` whose command line holds `text`, with all below it. */
export function childTree(parent: number, text: string): Process[] {
  const child = treeOf(parent).find((one) => one.parent === parent && one.command.includes(text))
  if (!child) throw new Error(`There is no process "${text}"`)
  return treeOf(child.pid)
}

/** Memory in MiB, what is shared divided among those who share it. */
export function pss(processes: Process[]): number {
  const kib = processes.map(({ pid }) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1])
  })
  return kib.reduce((sum, one) => sum + one, 0) / 1024
}

export function cpuSeconds(processes: Process[]): number {
  return processes.reduce((sum, one) => sum + one.cpuSeconds, 0)
}

export function isGone(pid: number): boolean {
  return look(pid).length === 0
}
