import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UnavailableError } from '#lib/errors.ts'
import { run } from '#workers/run.ts'
import type { Account } from '../accounts.ts'
import type { Programs } from './programs.ts'

/** The role that owns everything, and the name of its database. */
export const ROLE = 'file_orbit'

/** Makes the cluster when there is none; returns its password. A making that was cut off is begun again. */
export async function makeCluster(
  home: string,
  data: string,
  passwordFile: string,
  programs: Programs,
  account: Account | undefined,
): Promise<string> {
  if (existsSync(join(data, 'PG_VERSION'))) {
    const major = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
    if (major !== programs.major) {
      throw new UnavailableError(
        `The database in ${data} was made by PostgreSQL ${major}; this File Orbit brings ${programs.major}, which ` +
          `cannot read it. Move it over with PostgreSQL's pg_upgrade or with pg_dump and pg_restore, set ` +
          `DATABASE_URL to a PostgreSQL ${major}, or move the folder away to begin with an empty database.`,
      )
    }
    if (existsSync(passwordFile)) return readFileSync(passwordFile, 'utf8').trim()
    // A copy of the data folder that left the secrets out: the folder's owner may set a new one.
    const password = newPassword(passwordFile)
    await single(programs, data, account, 'postgres', `alter role ${ROLE} password '${password}'`)
    return password
  }

  const password = newPassword(passwordFile)
  const half = `${data}.part`
  const forInitdb = join(home, 'password.part')
  rmSync(half, { recursive: true, force: true })
  writeFileSync(forInitdb, password, { mode: 0o600 })
  if (account) chownSync(forInitdb, account.uid, account.gid)
  try {
    const made = await run(
      join(programs.folder, 'bin', 'initdb'),
      [
        ...['-D', half, '--username', ROLE, '--pwfile', forInitdb, '--auth=scram-sha-256', '--encoding=UTF8'],
        // Orders the same on every machine and after every update of its C library.
        ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
      ],
      { user: account, cwd: home, env: environment() },
    )
    if (made.status !== 0)
      throw new UnavailableError(`PostgreSQL's initdb failed in ${half}:\n${made.output}`)
  } finally {
    rmSync(forInitdb, { force: true })
  }
  await single(programs, half, account, 'postgres', `create database ${ROLE}`)
  renameSync(half, data)
  return password
}

/** One statement in single-user mode: no network, no password. It exits with 0 whatever happened, and says it. */
async function single(
  programs: Programs,
  data: string,
  account: Account | undefined,
  database: string,
  sql: string,
) {
  const { status, output } = await run(
    join(programs.folder, 'bin', 'postgres'),
    ['--single', '-D', data, database],
    {
      user: account,
      cwd: data,
      env: environment(),
      input: `${sql}\n`,
    },
  )
  if (status === 0 && !/ERROR:|FATAL:|PANIC:/.test(output)) return
  throw new UnavailableError(
    `PostgreSQL could not prepare the cluster in ${data}:\n${output.replace(sql, '…')}`,
  )
}

function newPassword(file: string): string {
  const password = randomBytes(24).toString('base64url')
  writeFileSync(file, `${password}\n`, { mode: 0o600 })
  return password
}

/** On macOS the postmaster ends as "multithreaded" when the locale has to be asked from the system. */
export function environment(): Record<string, string | undefined> {
  return { PATH: process.env.PATH, LC_ALL: 'C' }
}
