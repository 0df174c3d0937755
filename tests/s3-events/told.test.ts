import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { createTemplate } from '#lib/templates/create-template.ts'
import { updateTemplate } from '#lib/templates/update-template.ts'
import { survey } from '#tests/support/checks/errand.ts'
import { notification } from '#tests/support/s3-messages.ts'
import { openS3Yard } from '#tests/support/s3-yard.ts'
import { hasMoto } from '#tests/support/servers/s3.ts'

// After faults the listener waits for up to 15 s, and a message for 20 s.
vi.setConfig({ testTimeout: 150_000 })

const { depot, sqs, worker, source, put, template } = await openS3Yard()
const { operator, owner } = depot.ctx

/** Given back to the next test as it was. */
function changed(change: Partial<typeof sqs.rules>) {
  const before = { ...sqs.rules }
  Object.assign(sqs.rules, change)
  onTestFinished(() => void Object.assign(sqs.rules, before))
}

test('keys that the queue does not know are told, and others are taken without a restart', async () => {
  const queue = await sqs.queue('keys')
  const settings = { accessKeyId: 'AKIAOTHER', secretAccessKey: 'not-the-right-one' }
  const a = await template('keys', queue, { path: 'keys', trigger: { settings } })
  await a.healthy(/^fail AWS does not know this access key/)
  await put('keys/a')
  await queue.send(notification({ key: 'keys/a' }))
  expect(await queue.left()).toBe(1)
  const [trigger] = a.template.triggers
  if (trigger?.type !== 's3') throw new Error('No trigger of S3')
  const { health: _, nextDueAt: __, listing: ___, ...given } = trigger
  await updateTemplate({
    ctx: operator,
    id: a.template.id,
    input: { triggers: [{ ...given, settings: sqs.keys }] },
  })
  await a.healthy(/^ok Listens to keys/)
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
  expect(worker.output()).toContain('could not use a queue')
  for (const secret of [settings.secretAccessKey, sqs.keys.secretAccessKey]) {
    expect(worker.output()).not.toContain(secret)
  }
})

test('two templates with their own keys to one queue: whoever receives, both are told', async () => {
  const queue = await sqs.queue('both')
  const a = await template('both a', queue, { path: 'both' })
  const settings = { accessKeyId: 'AKIAOTHER', secretAccessKey: 'not-these-keys' }
  const b = await template('both b', queue, { path: 'both', trigger: { settings } })
  await b.healthy(/^fail AWS does not know this access key/)
  await a.healthy(/^ok/)
  await put('both/a')
  await queue.send(notification({ key: 'both/a' }))
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
  expect(await b.settled(1)).toMatchObject({ transferred: 1 })
})

test('the same keys, refused for a while: it goes on by itself', async () => {
  const queue = await sqs.queue('while')
  changed({ refuse: () => ({ status: 403, name: 'AccessDenied' }) })
  const a = await template('while', queue, { path: 'while' })
  await a.healthy(/^fail The key is right and may not do sqs:ReceiveMessage on this queue/)
  await put('while/a')
  await queue.send(notification({ key: 'while/a' }))
  sqs.rules.refuse = () => null
  await a.healthy(/^ok/, 40_000)
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
})

test('messages that cannot be deleted count once', async () => {
  const queue = await sqs.queue('stuck')
  const denied = { status: 403, name: 'AccessDenied' }
  changed({ refuse: (action) => (action.startsWith('Delete') ? denied : null) })
  const a = await template('stuck', queue, { path: 'stuck' })
  await put('stuck/a')
  await queue.send(notification({ key: 'stuck/a' }))
  await a.healthy(/^fail Messages cannot be deleted, so that they come again\. .*sqs:DeleteMessage/)
  sqs.rules.refuse = () => null
  await a.healthy(/^ok/, 60_000)
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
})

test('a queue that is not there is told, and found when it is made', async () => {
  const queue = await sqs.queue('missing')
  await queue.remove()
  const a = await template('missing', queue, { path: 'missing' })
  await a.healthy(/^fail There is no such queue for this account in this region/)
  const made = await sqs.queue('missing')
  await a.healthy(/^ok/, 40_000)
  await put('missing/a')
  await made.send(notification({ key: 'missing/a' }))
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
})

test('a server that goes away is told, and heard again when it is back', async () => {
  const queue = await sqs.queue('away')
  const a = await template('away', queue, { path: 'away' })
  await a.healthy(/^ok/)
  sqs.cut()
  await a.healthy(/^fail The service (refuses the connection|took the connection)/)
  await put('away/a')
  await queue.send(notification({ key: 'away/a' }))
  await sqs.join()
  await a.healthy(/^ok/, 60_000)
  expect(await a.settled(1)).toMatchObject({ transferred: 1 })
})

test('what the database refuses stays in the queue and is told; it is taken later', async () => {
  const queue = await sqs.queue('full')
  const { sql } = depot.database
  await sql.unsafe(`
    create function refuse_s3() returns trigger language plpgsql as $$
    begin raise exception 'no room' using errcode = '53100'; end $$;
    create trigger refuse_s3 before insert on event_keys for each row execute function refuse_s3()`)
  onTestFinished(async () => {
    await sql.unsafe('drop function if exists refuse_s3 cascade')
  })
  const a = await template('full', queue, { path: 'full' })
  await put('full/a')
  await queue.send(notification({ key: 'full/a' }))
  await a.healthy(/^fail What comes cannot be written down now; it stays in the queue/)
  expect(await queue.left()).toBe(1)
  await sql.unsafe('drop function refuse_s3 cascade')
  expect(await a.settled(1, 60_000)).toMatchObject({ transferred: 1 })
  await a.healthy(/^ok/)
})

test('a message that the database does not take is dead, and keeps no other', async () => {
  const queue = await sqs.queue('odd')
  const { sql } = depot.database
  await sql.unsafe(`
    create function refuse_odd() returns trigger language plpgsql as $$
    begin if new.path = 'bad' then raise exception 'odd' using errcode = '22000'; end if; return new; end $$;
    create trigger refuse_odd before insert on events for each row execute function refuse_odd()`)
  onTestFinished(async () => {
    await sql.unsafe('drop function if exists refuse_odd cascade')
  })
  for (const name of ['a', 'b', 'bad']) await put(`odd/${name}`)
  await queue.send(...['a', 'bad', 'b'].map((name) => notification({ key: `odd/${name}` })))
  const a = await template('odd', queue, { path: 'odd' })
  expect(await a.settled(3)).toMatchObject({ transferred: 2, dead: 1 })
  const [dead] = (await a.events()).filter(({ state }) => state === 'dead')
  expect(dead?.reason).toContain('database does not take')
})

test('a destination inside what is watched is refused, by whatever endpoint', async () => {
  const queue = await sqs.queue('loop')
  const bucket = (name: string, path: string, endpoint: string) =>
    createEndpoint({
      ctx: owner,
      input: {
        ...{ name, type: 's3', path },
        settings: {
          provider: 'Other',
          endpoint,
          region: 'us-east-1',
          access_key_id: 'K',
          secret_access_key: 'S',
        },
      },
    })
  const same = await bucket('same', 'orbit/loop', `${sqs.direct}/`)
  const twin = await bucket('twin', 'orbit', sqs.direct.replace('http://', 'HTTP://'))
  const other = await bucket('other', 'orbit', 'https://s3.example')
  const save = (destination: { endpointId: string; path: string }, name = 'loop') =>
    createTemplate({
      ctx: operator,
      input: {
        ...{ name, operation: 'copy', source: { endpointId: source.id, path: 'loop/in' } },
        destinations: [destination],
        triggers: [{ type: 's3', queueUrl: queue.url, region: 'us-east-1', endpointUrl: sqs.endpoint }],
      },
    })
  for (const destination of [
    { endpointId: source.id, path: 'loop/in/out' },
    { endpointId: source.id, path: 'loop/in/{year}/{filename}' },
    { endpointId: source.id, path: 'loop/in' },
    { endpointId: twin.id, path: 'loop/in/x' },
    { endpointId: same.id, path: 'in/{name}.bak' },
  ]) {
    await expect(save(destination)).rejects.toThrow('inside what is watched')
  }
  await save({ endpointId: source.id, path: 'loop/in2/{filename}' }, 'beside')
  await save({ endpointId: twin.id, path: 'loop/out' }, 'beside too')
  await save({ endpointId: other.id, path: 'loop/in/out' }, 'elsewhere')
})

test('an address that the settings close is neither saved nor asked', async () => {
  const yard = await openS3Yard(onTestFinished)
  const queue = await yard.sqs.queue('closed')
  const a = await yard.template('closed', queue)
  await a.healthy(/^ok/)
  await yard.worker.end('SIGTERM')
  const env = { FILE_ORBIT_BLOCK_PRIVATE_HOSTS: '1' }
  await yard.depot.worker(onTestFinished, { env })
  await a.healthy(/^fail .*own machine or its cloud’s metadata/)
  Object.assign(process.env, env)
  onTestFinished(() => {
    delete process.env.FILE_ORBIT_BLOCK_PRIVATE_HOSTS
  })
  // Both are looked at, as the test of a queue does.
  const both = yard.template('closed too', queue)
  await expect(both).rejects.toMatchObject({
    issues: [{ path: 'triggers.0.queueUrl' }, { path: 'triggers.0.endpointUrl' }],
  })
  const queueAlone = { endpointUrl: 'https://sqs.eu-central-1.amazonaws.com' }
  await expect(yard.template('closed three', queue, { trigger: queueAlone })).rejects.toMatchObject({
    issues: [{ path: 'triggers.0.queueUrl' }],
  })
})

test('settings that no queue has are refused', async () => {
  const queue = await sqs.queue('names')
  const settings = { ...sqs.keys, roleArn: 'arn:aws:iam::1:role/x' }
  await expect(template('names', queue, { trigger: { settings } })).rejects.toThrow('A queue takes')
})

/** moto sends real notifications of what is done to its buckets; tests without it write the messages themselves. */
test.each(hasMoto() ? (['moto'] as const) : [])(
  'objects put by rclone into a bucket of %s with notifications travel, each once',
  async (backend) => {
    const { depot, sqs, template } = await openS3Yard(onTestFinished, backend)
    const queue = await sqs.queue('moto')
    const configuration = `<NotificationConfiguration><QueueConfiguration><Id>file-orbit</Id><Queue>${queue.arn}</Queue>
    <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event></QueueConfiguration></NotificationConfiguration>`
    const set = await fetch(`${sqs.direct}/orbit?notification`, { method: 'PUT', body: configuration })
    expect(set.status).toBe(200)
    const a = await template('moto', queue, { path: 'in' })
    const remote = `:s3,provider=Other,endpoint="${sqs.direct}",force_path_style=true,no_check_bucket=true,access_key_id=K,secret_access_key=S:orbit`
    const rclone = (args: string[], input = '') => {
      const run = spawnSync(inject('rclone'), ['--config', '', ...args], { input, encoding: 'utf8' })
      expect(run.stderr).toBe('')
    }
    const names = ['in/a.mov', 'in/sub/with space+plus.mov', 'in/100% ü 👩‍🎤.mov']
    for (const name of names) rclone(['rcat', `${remote}/${name}`], `content of ${name}`)
    rclone(['rcat', `${remote}/elsewhere.mov`], 'x')
    await a.settled(4)
    rclone(['deletefile', `${remote}/in/a.mov`])
    const summary = await a.settled(5)
    expect(summary).toMatchObject({ transferred: 3, ignored: 2, dead: 0, unaccounted: 0 })
    expect(Object.keys(survey(join(depot.out, 'moto'))).sort()).toEqual(
      names.map((name) => name.slice('in/'.length)).sort(),
    )
  },
)
