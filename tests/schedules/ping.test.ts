import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { fireSchedules } from '#lib/schedules/fire-schedules.ts'
import { takePings } from '#lib/schedules/pings.ts'
import { eventually } from '#tests/start/processes.ts'
import { openDepot } from '#tests/support/depot.ts'
import { backdate, firingsOf, scheduled, triggerOf } from '#tests/support/schedules.ts'
import { callUrl } from '#workers/schedules/call-url.ts'
import { Pinger } from '#workers/schedules/pinger.ts'

/** A name that leads somewhere else each time that it is asked for. */
const rebinding = vi.hoisted(() => ({ answers: [] as string[], asked: 0 }))
vi.mock('node:dns', async (original) => {
  const dns = await original<typeof import('node:dns')>()
  const lookup = (name: string, options: object, done: (error: null, found: object[]) => void) => {
    if (name !== 'rebinding.test') return dns.lookup(name, options, done as never)
    const address = rebinding.answers[rebinding.asked++ % rebinding.answers.length]!
    done(null, [{ address, family: 4 }])
  }
  return { ...dns, default: { ...dns, lookup }, lookup }
})

const depot = await openDepot()
const { database } = depot
const ctx = depot.ctx.agent
const HOUR = 3600

type Heard = { method: string; path: string; type: string; body: unknown }

/** A server that keeps what it is told and answers as said. */
async function listener(answer: (call: number) => number | null): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = []
  const server: Server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '', headers } = request
      const status = answer(heard.push({ method, path: url, type: headers['content-type'] ?? '', body }))
      if (status !== null) response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100_000))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`, heard }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text)
}

const pinger = new Pinger(ctx)
pinger.start()
afterAll(() => pinger.close())

async function fired(pingUrl: string, more: object = {}) {
  const one = await scheduled(depot, { everySeconds: HOUR, pingUrl, ...more })
  await backdate(database, one.triggerId, HOUR)
  while ((await fireSchedules({ ctx, most: 100 })) > 0);
  pinger.look()
  return one
}

const callAgainNow = () =>
  database.sql`update firings set ping_at = now() where ping_at < now() + interval '10 minutes'`

test('each firing is told of, and what came of it is kept', async () => {
  const { url, heard } = await listener(() => 204)
  const one = await fired(url)
  await eventually(
    'it was called',
    async () => (await firingsOf(database, one.triggerId))[0]?.pingAt === null,
  )
  const [firing] = await firingsOf(database, one.triggerId)
  const body = {
    template: one.name,
    dueAt: firing!.dueAt.toISOString(),
    state: 'fired',
    jobId: firing!.jobId,
  }
  expect(heard).toEqual([{ method: 'POST', path: '/ping', type: 'application/json', body }])
  expect(firing!.ping).toMatchObject({ tries: 1, status: 204 })
  // One that was skipped is told of as well.
  await backdate(database, one.triggerId, HOUR)
  while ((await fireSchedules({ ctx, most: 100 })) > 0);
  pinger.look()
  await eventually('it was called again', () => heard.length === 2)
  expect(heard[1]!.body).toMatchObject({ state: 'skipped', jobId: null })
})

test('one that fails is called three times more, then the schedule says so, until one succeeds', async () => {
  let status = 500
  const { url, heard } = await listener(() => status)
  const one = await fired(url)
  for (let calls = 1; calls <= 4; calls += 1) {
    await eventually(`call ${calls} was told`, async () => {
      const [firing] = await firingsOf(database, one.triggerId)
      return firing!.ping?.tries === calls && firing!.ping.status === 500
    })
    expect(heard).toHaveLength(calls)
    const [firing] = await firingsOf(database, one.triggerId)
    expect(firing!.pingAt === null).toBe(calls === 4)
    await callAgainNow()
    pinger.look()
  }
  expect((await triggerOf(database, one.triggerId)).health).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('status 500'),
  })
  status = 200
  await backdate(database, one.triggerId, HOUR)
  while ((await fireSchedules({ ctx, most: 100 })) > 0);
  pinger.look()
  await eventually('it is well', async () => (await triggerOf(database, one.triggerId)).health === null)
})

test('a call whose worker dies is made by another, and two do not make one call at once', async () => {
  const { url } = await listener(() => 200)
  const later = new Pinger(ctx)
  await pinger.close()
  const one = await fired(url)
  const taken = await Promise.all([takePings({ ctx, count: 5 }), takePings({ ctx, count: 5 })])
  expect(taken.flat()).toMatchObject([{ triggerId: one.triggerId, tries: 1 }])
  await callAgainNow()
  later.start()
  onTestFinished(() => later.close())
  await eventually('it was called', async () => {
    const [firing] = await firingsOf(database, one.triggerId)
    return firing!.ping?.tries === 2 && firing!.ping.status === 200
  })
})

describe('where it may lead', () => {
  const call = (url: string, timeoutMs = 2000) => callUrl(url, { a: 1 }, timeoutMs)

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://100.100.100.200/',
    // As a number, as browsers read it.
    'http://2852039166/',
    'http://0xa9fea9fe/',
  ])('never to %s', async (url) => {
    expect(await call(url)).toEqual({ error: expect.stringContaining('link-local') })
    const refused = scheduled(depot, { everySeconds: HOUR, pingUrl: url })
    await expect(refused).rejects.toThrow(/link-local/)
  })

  test.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://10.1.2.3/',
    'http://localhost:1/',
    'http://0.0.0.0:1/',
  ])('to %s only where the settings let it', async (url) => {
    vi.stubEnv('FILE_ORBIT_BLOCK_PRIVATE_HOSTS', '1')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await call(url)).toEqual({ error: expect.stringContaining('network of your own') })
  })

  test('to this machine by its name, where nothing forbids it', async () => {
    const { url, heard } = await listener(() => 200)
    expect(await call(url.replace('127.0.0.1', 'localhost'))).toEqual({ status: 200 })
    expect(heard).toHaveLength(1)
  })

  test('a name that leads to metadata is refused; the address that was looked at is the one connected to', async () => {
    const { url, heard } = await listener(() => 200)
    const { port } = new URL(url)
    rebinding.answers = ['169.254.169.254']
    expect(await call(`http://rebinding.test:${port}/`)).toEqual({
      error: expect.stringContaining('link-local'),
    })
    // Good when it is looked at, bad ever after: nobody asks again.
    Object.assign(rebinding, { answers: ['127.0.0.1', '169.254.169.254'], asked: 0 })
    expect(await call(`http://rebinding.test:${port}/`)).toEqual({ status: 200 })
    expect([heard.length, rebinding.asked]).toEqual([1, 1])
  })

  test('a redirect is not followed', async () => {
    const { url, heard } = await listener(() => 302)
    expect(await call(url)).toEqual({ error: expect.stringContaining('redirect (302)') })
    expect(heard).toHaveLength(1)
  })

  test('silence, a closed port, a name of nothing', async () => {
    const { url } = await listener(() => null)
    expect(await call(url, 300)).toEqual({ error: 'It did not answer within 0.3 s.' })
    expect(await call('http://127.0.0.1:1/')).toEqual({ error: expect.stringContaining('ECONNREFUSED') })
    expect(await call('http://nothing.invalid/')).toEqual({
      error: expect.stringContaining('cannot be reached'),
    })
  })
})
