import { createInterface } from 'node:readline/promises'
import { CliError, exitStatus } from './errors.ts'

/** Whether a person can be asked: at both ends of the question there is a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/**
 * Secrets in their order: asked on the terminal without showing them, else a line of standard input each. Never from
 * the command line, which other users of the machine can read.
 */
export async function readSecrets(names: string[]): Promise<string[]> {
  if (names.length === 0) return []
  if (canAsk()) {
    const told: string[] = []
    for (const name of names) told.push(await askHidden(`${name}: `))
    return told
  }
  const lines: string[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    lines.push(line)
    if (lines.length === names.length) break
  }
  const missing = names[lines.length]
  if (missing !== undefined) {
    throw new CliError(
      exitStatus.usage,
      `Standard input has no line for ${missing}: one line for each --secret, in their order.`,
    )
  }
  return lines
}

/** A yes in full; anything else is a no. */
export async function askYes(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asking.question(`${question} Type "yes" to accept: `)
  asking.close()
  return answer.trim().toLowerCase() === 'yes'
}

function askHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  // First: what is typed as soon as the question stands there must not be shown either.
  stdin.setRawMode(true)
  stderr.write(prompt)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = () => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
    }
    const take = (text: string) => {
      for (const letter of text) {
        if (letter === '\r' || letter === '\n' || letter === '\u0004') {
          end()
          return resolve(typed)
        }
        if (letter === '\u0003') {
          end()
          return reject(new CliError(exitStatus.interrupted, 'Nothing was sent.'))
        }
        typed = letter === '\u007f' || letter === '\b' ? typed.slice(0, -1) : typed + letter
      }
    }
    stdin.on('data', take)
  })
}
