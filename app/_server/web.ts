import { asker } from '#lib/agents/questions.ts'
import type { Actor, Context } from '#lib/context.ts'
import { tellIfUnusable } from '#lib/db/check-server.ts'
import { connect, type Database } from '#lib/db/client.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { log } from '#lib/log.ts'
import { openQueue, type Queue } from '#lib/queue/boss.ts'
import { whyNobodyOpens } from '#lib/secrets/held-keys.ts'
import type { Seal } from '#lib/secrets/seal.ts'
import { sealerFor } from '#lib/secrets/sealer.ts'
import { JobStreams } from './job-streams.ts'

type Web = { database: Database; hub: LiveHub; queue: Promise<Queue>; streams: JobStreams; seal: Seal }

// Next bundles pages, routes and instrumentation apart; they share one set of connections through globalThis.
const shared = globalThis as typeof globalThis & { fileOrbitWeb?: Web }

/** What this web process has open: connections, the one LISTEN, the queue and the live streams. */
export function web(): Web {
  shared.fileOrbitWeb ??= open()
  return shared.fileOrbitWeb
}

function open(): Web {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set. Start File Orbit with `npm start`, which sets it.')
  const database = connect(url, { max: 10, name: 'web' })
  void tellIfUnusable(url)
  const hub = new LiveHub(database.sql)
  const queue = openQueue(database.db, {
    onError: (error) => log.error({ err: error.message }, 'queue'),
  })
  queue.catch(() => {
    // The next request opens everything anew: the database was not there yet.
    delete shared.fileOrbitWeb
    void database.close()
  })
  const seal = sealerFor(process.env.FILE_ORBIT_PUBLIC_KEY, (keyId) => whyNobodyOpens(database.db, keyId))
  return { database, hub, queue, streams: new JobStreams(database.db, hub), seal }
}

/** A verb's context for this request's actor. */
export async function contextFor(actor: Actor, idempotencyKey?: string): Promise<Context> {
  const { database, hub, queue, seal } = web()
  return {
    actor,
    db: database.db,
    queue: await queue,
    ask: asker(database.db, hub),
    seal,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}
