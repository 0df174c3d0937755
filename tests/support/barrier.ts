import postgres from 'postgres'
import { eventually } from '#tests/start/processes.ts'
import type { TestDatabase } from './database.ts'
import type { Later } from './later.ts'

/** Any number that nobody else locks in this test's own database. */
const LOCK = 4711

export type Barrier = {
  /** Resolves when somebody stands at it, inside its own transaction, with the port of that connection. */
  reached(): Promise<number>
  /** Lets whoever stands there, and all who come, pass. */
  open(): Promise<void>
}

/**
 * Stops whoever writes the end of an attempt, just before its commit: a trigger in the test's own database waits
 * for an advisory lock that the test holds. Not a deferred one: a server that has the COMMIT in hand commits
 * also when its client is dead by then.
 */
export async function barrierBeforeEnd(database: TestDatabase, later: Later): Promise<Barrier> {
  const own = postgres(database.url, { max: 1, onnotice: () => {} })
  await own.unsafe(`select pg_advisory_lock(${LOCK})`)
  await own.unsafe(`
    create or replace function wait_at_the_end() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${LOCK});
      return null;
    end $$;
    drop trigger if exists wait_at_the_end on attempts;
    create trigger wait_at_the_end after update on attempts
      for each row when (old.state = 'running' and new.state <> 'running') execute function wait_at_the_end()`)
  const open = async () => {
    await own.unsafe(`select pg_advisory_unlock_all()`)
    await own.unsafe('drop trigger if exists wait_at_the_end on attempts')
  }
  later(async () => {
    await own.end({ timeout: 1 })
  })
  return {
    async reached() {
      let port = 0
      await eventually(
        'somebody is about to commit an end',
        async () => {
          const [row] = await database.sql<{ port: number }[]>`
            select client_port as port from pg_locks join pg_stat_activity using (pid)
            where locktype = 'advisory' and not granted and datname = current_database()`
          port = row?.port ?? 0
          return port > 0
        },
        30_000,
      )
      return port
    },
    open,
  }
}
