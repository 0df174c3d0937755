import { run } from '../run.ts'

/** The options of each remote, as rclone itself reads them. */
export type Remotes = Record<string, Record<string, string>>

export type Dumped =
  | { ok: true; remotes: Remotes }
  | { ok: false; cause: 'password_needed' | 'password_wrong' | 'not_a_config'; message: string }

const WITHIN_MS = 10_000
/** More than a configuration of the largest size can become as JSON. */
const MOST_OUTPUT = 8 * 1024 * 1024

/**
 * What is to be read comes on the standard input, first the password, a line, then the text; rclone takes each from a
 * pipe. `read` and `printf` are the shell's own, so that neither is an argument or a variable of any process, and what
 * Node calls a pipe is a socket, which cannot be opened by a name.
 */
const SCRIPT = `
IFS= read -r password
exec 4<&0
printf '%s' "$password" | {
  exec 3<&0
  cat <&4 | "$1" config dump
}`

/**
 * Lets rclone read the text of an rclone.conf, decrypting one that is encrypted. Nothing of it is ever in a file, and
 * its password in no argument or environment. `folder` is a private one, for what rclone may write itself.
 */
export async function dumpConfig(
  rclone: string,
  folder: string,
  text: string,
  password: string | null,
): Promise<Dumped> {
  if (password !== null && /[\r\n]/.test(password)) return WRONG_PASSWORD
  // Of comments alone rclone wants to go back to the beginning, which a pipe has not.
  if (text.split('\n').every((line) => /^\s*([#;]|$)/.test(line))) return { ok: true, remotes: {} }
  const { status, stdout, output } = await run('/bin/sh', ['-c', SCRIPT, 'sh', rclone], {
    timeoutMs: WITHIN_MS,
    keep: MOST_OUTPUT,
    cwd: folder,
    input: `${password ?? ''}\n${text}`,
    env: {
      ...{ PATH: process.env.PATH, HOME: folder, TMPDIR: folder, RCLONE_CACHE_DIR: folder },
      RCLONE_CONFIG: '/dev/stdin',
      RCLONE_ASK_PASSWORD: 'false',
      RCLONE_PASSWORD_COMMAND: password ? 'sh -c "cat <&3"' : undefined,
    },
  })
  if (status === 0) return { ok: true, remotes: JSON.parse(stdout) as Remotes }
  return whyNot(output, text)
}

const WRONG_PASSWORD: Dumped = {
  ok: false,
  cause: 'password_wrong',
  message: 'This password does not decrypt the configuration.',
}

/** In our own words: rclone repeats the line that it cannot read, with whatever secret stands in it. */
function whyNot(output: string, text: string): Dumped {
  if (output.includes('not allowed to ask for password')) {
    return {
      ok: false,
      cause: 'password_needed',
      message: 'This configuration is encrypted. Give its password.',
    }
  }
  if (output.includes('unable to decrypt')) return WRONG_PASSWORD
  const line = /could not parse line: (.*)$/m.exec(output)?.[1]
  const at = line === undefined ? -1 : text.split(/\r?\n/).findIndex((one) => one.trim() === line.trim())
  const where = at < 0 ? '' : ` Line ${at + 1} is neither a comment nor [name] nor key = value.`
  return {
    ...{ ok: false, cause: 'not_a_config' },
    message: `rclone cannot read this as one of its configuration files.${where}`,
  }
}
