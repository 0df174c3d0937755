import { statSync } from 'node:fs'
import { UnavailableError } from '#lib/errors.ts'
import { run } from '#workers/run.ts'
import { type Account, findAccount, firstClosed } from '../accounts.ts'

const SYSTEM_USER = process.platform === 'darwin' ? '_postgres' : 'postgres'

/**
 * Undefined for a plain user, who runs PostgreSQL as themselves. For root: the owner of the cluster at `data`
 * when there is one, else the system user `postgres`, made when missing.
 */
export async function postgresAccount(
  data: string,
  say: (line: string) => void,
): Promise<Account | undefined> {
  const owner = statSync(data, { throwIfNoEntry: false })
  const self = process.getuid?.() ?? -1
  if (self !== 0) {
    if (owner && owner.uid !== self) {
      throw new UnavailableError(
        `The database in ${data} belongs to user ${owner.uid}, and this is user ${self}. Start File Orbit as ` +
          'that user or as root, or set FILE_ORBIT_DATA_DIR to a folder of your own.',
      )
    }
    return undefined
  }
  if (owner && owner.uid === 0) {
    throw new UnavailableError(
      `The database in ${data} belongs to root, and PostgreSQL refuses to run as root. Give the folder to ` +
        `another user: chown -R ${SYSTEM_USER} ${data}`,
    )
  }
  if (owner) return { uid: owner.uid, gid: owner.gid, name: (await nameOf(owner.uid)) ?? String(owner.uid) }
  return (await findAccount(SYSTEM_USER)) ?? (await createSystemUser(say))
}

async function nameOf(uid: number): Promise<string | undefined> {
  const { status, stdout } = await run('id', ['-un', String(uid)])
  return status === 0 ? stdout.trim() : undefined
}

async function createSystemUser(say: (line: string) => void): Promise<Account> {
  say(`Creating the system user ${SYSTEM_USER}: PostgreSQL refuses to run as root`)
  const args = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
  const made = await run('useradd', [...args, '--shell', '/usr/sbin/nologin', SYSTEM_USER])
  const account = await findAccount(SYSTEM_USER)
  if (account) return account
  throw new UnavailableError(
    `PostgreSQL refuses to run as root, and the system user ${SYSTEM_USER} could not be made ` +
      `(${made.output.trim()}). Create it, start File Orbit as a plain user, or set DATABASE_URL.`,
  )
}

/** Throws with the first folder on the way to `folder` that the account cannot enter. */
export async function checkReach(account: Account, folder: string): Promise<void> {
  const closed = await firstClosed(account, folder)
  if (!closed) return
  throw new UnavailableError(
    `PostgreSQL cannot run as root, so it runs as user ${account.name}, and that user cannot enter ${closed.path} ` +
      `(mode ${closed.mode}) on the way to the data folder ${folder}. Set FILE_ORBIT_DATA_DIR to a folder that it can ` +
      'reach, such as /var/lib/file-orbit, move this clone out of there, start as a plain user, or set ' +
      'DATABASE_URL to a PostgreSQL of your own.',
  )
}
