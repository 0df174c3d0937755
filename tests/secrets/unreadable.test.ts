import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { plainUser } from '#tests/start/users.ts'
import { keyClient } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { foundInMemory } from '#tests/support/process-memory.ts'
import { testKeyRing, testPublicKey, testSecretKey } from '#tests/support/secret-keys.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { startWeb } from '#tests/support/web.ts'
import { run } from '#workers/run.ts'

// As root the web runs as `nobody`: every suite with a web (tests/support/web.ts, and the browser's, which start all of
// File Orbit) runs so. Here is looked whether that is true, and that endpoints do all they do with it.

const skipped = process.platform !== 'linux' || !plainUser
if (skipped) console.log('SKIPPED: the web without the private key. Run the tests as root on Linux.')

describe.skipIf(skipped)('the web', async () => {
  const depot = await openDepot()
  const web = await startWeb(depot.database.url, afterAll)
  const worker = await depot.worker(afterAll)
  const api = await keyClient(web.url, depot.ctx, 'owner')
  const dataDir = environ(web.process.pid!).FILE_ORBIT_DATA_DIR!
  const nobody = plainUser!
  const keys = {
    'the key as it is written': Buffer.from(testSecretKey),
    'its bytes': Buffer.from(testKeyRing[0].raw),
  }

  test('is another user than the one whose key file it is', async () => {
    const file = join(dataDir, 'secret-key')
    expect((await readFile(file, 'utf8')).trim()).toBe(testSecretKey)
    const { uid, mode } = await stat(file)
    expect([uid, mode & 0o777]).toEqual([0, 0o600])
    expect(readFileSync(`/proc/${web.process.pid}/status`, 'utf8')).toMatch(/^Uid:\t65534\t65534\t65534\t/m)
    for (const secret of [file, `/proc/${worker.pid}/environ`]) {
      const asked = await run('cat', [secret], { user: nobody, cwd: '/' })
      expect([asked.status, asked.stdout]).toEqual([1, ''])
    }
  })

  test('makes, changes, tests, lists and shows endpoints with secrets', async () => {
    const pass = 'kept by the web, opened by the worker'
    const settings = { url: 'http://127.0.0.1:9', vendor: 'other', user: 'me', pass }
    const made = await api.post<Endpoint>('/endpoints', { name: 'dav', type: 'webdav', settings })
    expect(made).toMatchObject({ status: 201, body: { settings: { pass: { set: true } } } })
    const { id } = made.body
    const tested = await api.post<{ ok: boolean; stages: object[] }>(`/endpoints/${id}/test`)
    expect(tested.body).toMatchObject({ ok: false, stages: [{ stage: 'settings', ok: true }, {}, {}] })
    expect((await api.patch(`/endpoints/${id}`, { settings: { pass: `${pass} 2` } })).status).toBe(200)
    expect((await api.get('/endpoints')).status).toBe(200)
    const unsaved = await api.post('/endpoints/test', { type: 'webdav', settings })
    expect(unsaved.body).toMatchObject({ ok: false, stages: [{ stage: 'settings', ok: true }, {}, {}] })
    const { email } = await makeUser(depot.database, 'owner')
    const cookie = (await signIn(web.url, email))!
    for (const page of ['/endpoints', '/endpoints/new', `/endpoints/${id}`]) {
      const answer = await fetch(`${web.url}${page}`, { headers: { cookie }, redirect: 'manual' })
      expect(answer.status, page).toBe(200)
      expect(await answer.text()).not.toContain(pass)
    }
  })

  test('holds the public key in its memory, and not the one that opens', async () => {
    const pid = web.process.pid!
    const wanted = { ...keys, 'the public key': Buffer.from(testPublicKey) }
    expect(foundInMemory(pid, wanted)).toEqual(['the public key'])
    // The search finds it where it is.
    expect(foundInMemory(worker.pid, keys)).toEqual(Object.keys(keys).sort())
  })
})

function environ(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]))
}
