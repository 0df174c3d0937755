import type { Context } from '#lib/context.ts'

/**
 * Runs a verb straight in the database, as the machine itself: whoever can read its files is its owner. Loaded only
 * here: the database's code would slow every other command's start.
 */
export async function onMachine<T>(verb: (ctx: Pick<Context, 'actor' | 'db'>) => Promise<T>): Promise<T> {
  const [{ systemActor }, { findDatabaseUrl }, { connect }, { readEnv }] = await Promise.all([
    import('#lib/context.ts'),
    import('#lib/data-dir.ts'),
    import('#lib/db/client.ts'),
    import('#lib/env.ts'),
  ])
  const database = connect(await findDatabaseUrl(readEnv()), { max: 1, name: 'cli' })
  try {
    return await verb({ actor: systemActor('command line'), db: database.db })
  } finally {
    await database.close()
  }
}
