import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
 * Lets rclone read the text of an rclone.conf, decrypting one that is encrypted. The file lies in `folder`, a private
 * one, while rclone reads it; the password goes by rclone's environment, never as an argument.
 */
export async function dumpConfig(
  rclone: string,
  folder: string,
  text: string,
  password: string | null,
): Promise<Dumped> {
  const file = join(folder, `config-${randomUUID()}`)
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' })
    const { status, stdout, output } = await run(rclone, ['config', 'dump'], {
      timeoutMs: WITHIN_MS,
      keep: MOST_OUTPUT,
      cwd: folder,
      env: {
        ...{ HOME: folder, TMPDIR: folder, RCLONE_CONFIG: file, RCLONE_CACHE_DIR: folder },
        RCLONE_ASK_PASSWORD: 'false',
        RCLONE_CONFIG_PASS: password ?? undefined,
      },
    })
    if (status === 0) return { ok: true, remotes: JSON.parse(stdout) as Remotes }
    return whyNot(output, text)
  } finally {
    await rm(file, { force: true })
  }
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
  if (output.includes('unable to decrypt')) {
    return {
      ok: false,
      cause: 'password_wrong',
      message: 'This password does not decrypt the configuration.',
    }
  }
  const line = /could not parse line: (.*)$/m.exec(output)?.[1]
  const at = line === undefined ? -1 : text.split(/\r?\n/).findIndex((one) => one.trim() === line.trim())
  const where = at < 0 ? '' : ` Line ${at + 1} is neither a comment nor [name] nor key = value.`
  return {
    ...{ ok: false, cause: 'not_a_config' },
    message: `rclone cannot read this as one of its configuration files.${where}`,
  }
}
