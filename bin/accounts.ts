import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { UnavailableError } from '#lib/errors.ts'
import { run } from '#workers/run.ts'

/** A user of this system that a child runs as when we are root. */
export type Account = { uid: number; gid: number; name: string }

export async function findAccount(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name])))
  if (uid?.status !== 0 || gid?.status !== 0) return undefined
  return { uid: Number(uid.stdout), gid: Number(gid.stdout), name }
}

/** The first folder on the way to `folder` that the account cannot enter, with its mode; null when it can. */
export async function firstClosed(
  account: Account,
  folder: string,
): Promise<{ path: string; mode: string } | null> {
  const way = [realpathSync(folder)]
  while (way[0] && way[0] !== '/') way.unshift(dirname(way[0]))
  const script = 'for p; do [ -x "$p" ] || { printf %s "$p"; exit 1; }; done'
  const { status, stdout } = await run('/bin/sh', ['-c', script, 'sh', ...way], { user: account, cwd: '/' })
  if (status === 0) return null
  return { path: stdout, mode: (statSync(stdout).mode & 0o7777).toString(8).padStart(4, '0') }
}

/**
 * Who the web runs as: for a plain user themselves (undefined), for root `nobody`, so that code run in the web
 * server can neither read the secrets in the data folder nor look into the worker.
 */
export async function webAccount(root: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const account = await findAccount('nobody')
  if (!account) {
    throw new UnavailableError(
      'As root, File Orbit runs its web server as the user nobody, and there is none. Start it as a plain user.',
    )
  }
  const closed = await firstClosed(account, root)
  if (!closed) return account
  throw new UnavailableError(
    `As root, File Orbit runs its web server as the user nobody, and that user cannot enter ${closed.path} ` +
      `(mode ${closed.mode}) on the way to ${root}. Move this clone to where it can, such as /opt/file-orbit, or ` +
      'start File Orbit as a plain user.',
  )
}
