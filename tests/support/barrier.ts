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

const moments = {
  end: `after update on attempts for each row when (old.state = 'running' and new.state <> 'running')`,
  /** An attempt is being taken. */
  claim: `after update on attempts for each row when (old.state = 'queued' and new.state = 'running')`,
  /** A schedule has fired, its job and its next message are not written yet. */
  firing: 'after insert on firings for each row',
  /** A run of a schedule is being written. */
  run: `after insert on jobs for each row when (new.trigger = 'schedule')`,
  /** The next message of a schedule is being sent. */
  next: `after insert on pgboss.job for each row when (new.name = 'firings')`,
  /** The first lines of a running attempt are being told. */
  lines: 'after insert on log_chunks for each row',
  /** A watch tells of files. */
  told: 'after insert on watched_files for each row',
  /** A queue tells of objects. */
  heard: `after insert on events for each row when (new.source = 's3')`,
  /** Events are being taken into a job. */
  gathered: 'after update on events for each row when (old.job_id is null and new.job_id is not null)',
}

/**
 * Stops whoever writes the end of an attempt, or lines of its log, before the commit: a trigger in the test's own
 * database waits for an advisory lock that the test holds. Not a deferred one: a server that has the COMMIT in
 * hand commits also when its client is dead by then.
 */
export async function barrierBefore(
  moment: keyof typeof moments,
  database: TestDatabase,
  later: Later,
): Promise<Barrier> {
  const own = postgres(database.url, { max: 1, onnotice: () => {} })
  await own.unsafe(`select pg_advisory_lock(${LOCK})`)
  await own.unsafe(`
    create or replace function wait_here() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${LOCK});
      return null;
    end $$;
    create trigger wait_here ${moments[moment]} execute function wait_here()`)
  const open = async () => {
    await own.unsafe(`select pg_advisory_unlock_all()`)
    await own.unsafe('drop function if exists wait_here cascade')
  }
  later(async () => {
    await own.end({ timeout: 1 })
  })
  return {
    async reached() {
      let port = 0
      await eventually(
        'somebody is about to commit',
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
