import { cpus } from 'node:os'

/** Prints what a long form did, in one line to be kept in docs/faults.md. */
export function tellResult(form: string, figures: object): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? process.arch}, ${process.platform}`
  const date = new Date().toISOString().slice(0, 10)
  console.log(`RESULT ${form}: ${JSON.stringify({ date, machine, ...figures })}`)
}
