import { setTimeout as sleep } from 'node:timers/promises'
import { and, asc, eq, sql } from 'drizzle-orm'
import { afterAll, expect, inject, onTestFinished } from 'vitest'
import { keepBackends } from '#lib/backends/read-backends.ts'
import type { ListingState } from '#lib/bucket-listings/state.ts'
import { events } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { eventually } from '#tests/start/processes.ts'
import { BucketLister } from '#workers/bucket-listings/lister.ts'
import { roomOn } from '#workers/files/room.ts'
import { Leader } from '#workers/leader.ts'
import { SlotPool } from '#workers/rclone/pool.ts'
import { readProviders } from '#workers/rclone/providers.ts'
import type { Slot } from '#workers/rclone/slot.ts'
import { PlaceOpener } from '#workers/secrets/place-opener.ts'
import { secretSources } from '#workers/secrets/secret-sources.ts'
import { TokenKeeper } from '#workers/secrets/token-keeper.ts'
import type { Depot } from './depot.ts'
import { tempFolder } from './files.ts'
import type { Later } from './later.ts'
import { testKeyRing } from './secret-keys.ts'
import { type Backend, startBackend } from './servers/s3.ts'

/** Where nobody answers. */
export const NO_QUEUE = 'http://127.0.0.1:1/1/q'

/** A storage tells times of whole seconds: what comes after this is of a later one. */
export const nextSecond = () => sleep(1050 - (Date.now() % 1000))

/** Buckets that are listed, with nobody who reads their queues. `slot` is the test's own rclone. */
export async function openListing(depot: Depot, slot: Slot) {
  const { db } = depot.database
  const runtimeDir = await tempFolder(afterAll)
  const pool = new SlotPool({ rclone: inject('rclone'), size: 1, runtimeDir })
  afterAll(() => pool.close())
  const keeper = new TokenKeeper(testKeyRing, { keepToken: async () => null })
  const providers = await readProviders(slot, 'test')
  const { agent } = depot.ctx
  await keepBackends({ ctx: agent, agentId: depot.source.agent.id, ...providers })
  const opener = new PlaceOpener(testKeyRing, secretSources({}, undefined), providers, keeper)

  /** Lists as the leading worker does, but waits for no event. Returns what ends it. */
  const start = (): (() => Promise<void>) => {
    const room = roomOn(pool, opener, keeper)
    const lister = new BucketLister(agent, room, { graceMs: 0, tickMs: 50 })
    const leader = new Leader({
      databaseUrl: depot.database.url,
      name: 'listings of a test',
      lead: (term) => lister.lead(term),
    })
    leader.start()
    onTestFinished(() => leader.close())
    return () => leader.close()
  }

  const stateOf = async (triggerId: string): Promise<ListingState | null> =>
    (await db.select().from(triggers).where(eq(triggers.id, triggerId)))[0]!.listing

  /** Resolves when the bucket was listed, or listed again, after now. */
  const listed = async (triggerId: string): Promise<ListingState> => {
    const before = new Date().toISOString()
    const isListed = async () => {
      if (((await stateOf(triggerId))?.at ?? '') >= before) return true
      // Each time: one that has begun before may be written down after this.
      await db
        .update(triggers)
        .set({ listing: sql`jsonb_set(listing, '{at}', '"2020-01-01T00:00:00.000Z"')` })
        .where(and(eq(triggers.id, triggerId), sql`listing->>'at' < ${before}`))
      return false
    }
    await eventually('the bucket was listed', isListed, 30_000)
    return (await stateOf(triggerId))!
  }

  const pathsOf = async (triggerId: string): Promise<string[]> => {
    const own = eq(events.triggerId, triggerId)
    const rows = await db.select().from(events).where(own).orderBy(asc(events.path))
    return rows.map(({ path }) => path)
  }

  return {
    start,
    stateOf,
    listed,
    pathsOf,
    bucket: (backend: Backend, later: Later = afterAll) => openBucket(depot, backend, later),
  }
}

let names = 0

async function openBucket(depot: Depot, backend: Backend, later: Later) {
  const { port, daemon } = await startBackend(await tempFolder(later), backend)
  later(daemon.stop)
  const url = `http://127.0.0.1:${port}`
  await fetch(`${url}/footage`, { method: 'PUT' })
  const settings = {
    ...{ provider: 'Other', endpoint: url, region: 'us-east-1', force_path_style: 'true' },
    ...{ access_key_id: 'AKIALISTING', secret_access_key: 'listing-secret' },
  }
  const source = await createEndpoint({
    ctx: depot.ctx.owner,
    input: { name: `bucket-${++names}`, type: 's3', path: 'footage', settings },
  })
  return {
    ...{ settings, stop: daemon.stop },
    async put(key: string, body = 'hello', headers: Record<string, string> = {}) {
      const path = key.split('/').map(encodeURIComponent).join('/')
      // moto lets nobody write over an object without a name; what it is signed with it does not check.
      const authorization =
        'AWS4-HMAC-SHA256 Credential=AKIALISTING/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0'
      const answer = await fetch(`${url}/footage/${path}`, {
        ...{ method: 'PUT', body, headers: { authorization, ...headers } },
      })
      expect(answer.ok, `${key}: ${answer.status}`).toBe(true)
    },
    async template(path: string, more: object = {}) {
      const name = `listed-${++names}`
      const made = await createTemplate({
        ctx: depot.ctx.operator,
        input: {
          ...{ name, operation: 'copy', source: { endpointId: source.id, path } },
          destinations: [{ endpointId: depot.destination.id, path: name }],
          triggers: [{ type: 's3', queueUrl: NO_QUEUE, region: 'us-east-1' }],
          ...more,
        },
      })
      return { id: made.id, triggerId: made.triggers[0]!.id }
    },
  }
}
