import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CliError, exitStatus } from './errors.ts'

/** Asks on the terminal for what nobody may read over a shoulder. Throws CliError where nobody sits at one. */
export async function askHidden(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new CliError(exitStatus.usage, otherwise)
  // What readline would show of the answer goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    // From now on the terminal shows nothing by itself.
    process.stderr.write(question)
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
