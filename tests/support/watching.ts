import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asc, eq } from 'drizzle-orm'
import { expect, onTestFinished } from 'vitest'
import { events } from '#lib/db/schema/events.ts'
import { triggers } from '#lib/db/schema/templates.ts'
import { watches } from '#lib/db/schema/watches.ts'
import { summarizeEvents } from '#lib/events/queries.ts'
import type { EventSummary } from '#lib/events/schema.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import type { Template } from '#lib/templates/schema.ts'
import type { WatchSettings } from '#lib/triggers/schema.ts'
import { eventually } from '#tests/start/processes.ts'
import type { Depot } from './depot.ts'

type EventRow = typeof events.$inferSelect
type Health = { state: string; message: string } | null

export type Watching = {
  template: Template
  triggerId: string
  /** Resolves when all that lay there was looked at. */
  ready(): Promise<void>
  summary(): Promise<EventSummary>
  events(): Promise<EventRow[]>
  /** Resolves when so many events were received, whatever became of them. */
  received(count: number, withinMs?: number): Promise<void>
  /** `path kind`, sorted. */
  paths(): Promise<string[]>
  /** Resolves when so many events were received and none waits; fails when there are more. */
  settled(count: number, withinMs?: number): Promise<EventSummary>
  health(): Promise<Health>
  healthy(what: RegExp, withinMs?: number): Promise<Health>
}

export type WatchOrder = {
  operation?: 'copy' | 'move' | 'sync'
  trigger?: Partial<WatchSettings>
  more?: object
}

/** Watches over folders of a depot, by templates. */
export function openWatching({ ctx, database, source, destination, in: root }: Depot) {
  const watch = async (name: string, { operation = 'copy', trigger, more }: WatchOrder = {}) => {
    await mkdir(join(root, name), { recursive: true })
    const template = await createTemplate({
      ctx: ctx.operator,
      input: {
        ...{ name, operation, source: { endpointId: source.id, path: name } },
        destinations: [{ endpointId: destination.id, path: name }],
        triggers: [{ type: 'watch', readyAfterSeconds: 0.3, ...trigger }],
        ...more,
      },
    })
    return watchingOf(template)
  }

  const watchingOf = (template: Template): Watching => {
    const triggerId = template.triggers[0]?.id ?? ''
    const { db } = database
    const summary = () => summarizeEvents({ ctx: ctx.viewer, input: { templateId: template.id } })
    const all = () =>
      db.select().from(events).where(eq(events.templateId, template.id)).orderBy(asc(events.id))
    const health = async () => {
      const [row] = await db.select().from(triggers).where(eq(triggers.id, triggerId))
      return row?.health ?? null
    }
    return {
      template,
      triggerId,
      summary,
      events: all,
      health,
      ready: () =>
        eventually(
          `the watch of ${template.name} has begun`,
          async () => {
            const [row] = await db.select().from(watches).where(eq(watches.triggerId, triggerId))
            return row?.begunAt != null
          },
          40_000,
        ),
      received: (count, withinMs = 30_000) =>
        eventually(
          `${count} events of ${template.name}`,
          async () => (await summary()).received === count,
          withinMs,
        ),
      paths: async () => (await all()).map(({ path, kind }) => `${path} ${kind}`).sort(),
      async settled(count, withinMs = 45_000) {
        let last: EventSummary | undefined
        await eventually(
          `${count} events of ${template.name} have a fate`,
          async () => {
            last = await summary()
            if (last.received > count) {
              throw new Error(`${last.received} events of ${template.name}: ${JSON.stringify(await all())}`)
            }
            return last.received === count && last.pending === 0
          },
          withinMs,
        ).catch(async (error: unknown) => {
          throw new Error(`${String(error)}\n${JSON.stringify(last)}\n${JSON.stringify(await health())}`)
        })
        return last!
      },
      async healthy(what, withinMs = 30_000) {
        let last: Health = null
        await eventually(
          `the watch of ${template.name} says ${what}`,
          async () => {
            last = await health()
            return last !== null && what.test(`${last.state} ${last.message}`)
          },
          withinMs,
        ).catch((error: unknown) => {
          throw new Error(`${String(error)}\n${JSON.stringify(last)}`)
        })
        return last
      },
    }
  }
  return { watch, watchingOf }
}

/**
 * Drops files in a hundred folders at once while the watch runs, and as many while its worker is killed and started
 * again. Every one is told of once.
 */
export async function dropTwice(
  depot: Depot,
  { count, withinMs }: { count: number; withinMs: number },
): Promise<string> {
  const worker = await depot.worker(onTestFinished)
  // No file is wanted: the count is of what is found, and copies of so many would take the time.
  const a = await openWatching(depot).watch('a', { more: { pattern: '*.none' } })
  await a.ready()
  const began = performance.now()
  await dropFiles(join(depot.in, 'a/first'), count)
  await a.settled(count, withinMs)
  const first = performance.now() - began
  const again = performance.now()
  const dropping = dropFiles(join(depot.in, 'a/second'), count)
  await eventually('some of them were told', async () => (await a.summary()).received > count, withinMs)
  await worker.end('SIGKILL')
  await dropping
  await depot.worker(onTestFinished)
  await a.settled(2 * count, withinMs)
  const [row] = await depot.database.sql<{ paths: number; events: number }[]>`
    select count(distinct path)::int as paths, count(*)::int as events from events`
  expect(row).toEqual({ paths: 2 * count, events: 2 * count })
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  return `${count} found in ${seconds(first)}, across a restart in ${seconds(performance.now() - again)}`
}

/** Written by a process of its own: this one must go on watching. */
function dropFiles(root: string, count: number): Promise<void> {
  const script = `
    const { mkdirSync, writeFileSync } = require('node:fs')
    for (let n = 0; n < 100; n += 1) mkdirSync(process.argv[1] + '/d' + n, { recursive: true })
    for (let n = 0; n < ${count}; n += 1) writeFileSync(process.argv[1] + '/d' + (n % 100) + '/f' + n, 'x')`
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script, root], { stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (status) => (status === 0 ? resolve() : reject(new Error(`it ended with ${status}`))))
  })
}
