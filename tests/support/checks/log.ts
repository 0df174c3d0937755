import type { Books } from './books.ts'

/** rclone's words for a file that arrived by being read and written. */
const COPIED = /^Copied \((?:new|replaced existing)\)/

/** Doubled or missing effects: what the job's own log says, attempt by attempt. */
export function logFindings({ attempts, transfers, log }: Books): string[] {
  const findings: string[] = []
  for (const { number, state, startedAt, cause } of attempts) {
    const of = log.filter((line) => line.attempt === number)
    const begins = of.filter(({ message }) => message.startsWith(`Attempt ${number} begins`)).length
    const starts = of.filter(({ message }) => message.startsWith('The checks passed')).length
    const ends = of.filter(({ message }) => isEnd(message, number)).length
    if (begins > 1) findings.push(`log: attempt ${number} begins ${begins} times`)
    if (starts > 1) findings.push(`log: attempt ${number} starts rclone ${starts} times`)
    if (ends > 1) findings.push(`log: attempt ${number} ends ${ends} times`)
    if (startedAt === null && of.length > 0) findings.push(`log: attempt ${number} speaks and never began`)
    // A worker that was lost could not say so.
    const said = state === 'completed' || (state === 'failed' && cause !== null)
    if (said && (begins !== 1 || ends !== 1))
      findings.push(`log: attempt ${number} is ${state} without its ${begins === 1 ? 'end' : 'begin'}`)
  }
  const copies = new Map<string, number[]>()
  for (const { message, path, attempt } of log) {
    if (path === undefined || !COPIED.test(message)) continue
    copies.set(path, [...(copies.get(path) ?? []), attempt])
  }
  for (const [path, tries] of copies) {
    if (tries.length > 1) findings.push(`log: ${path} was copied in attempts ${tries.join(', ')}`)
    const row = transfers.find((one) => one.path === path)
    if (row?.state === 'completed' && row.action !== 'moved' && row.attempt !== tries.at(-1))
      findings.push(`log: ${path} was copied in attempt ${tries.at(-1)}, its row says ${row.attempt}`)
  }
  return findings
}

function isEnd(message: string, number: number): boolean {
  return new RegExp(`^Attempt ${number} (?:completed|failed|cancelled|interrupted)`).test(message)
}
