import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { asker } from '#lib/agents/questions.ts'
import type { Context } from '#lib/context.ts'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { testUnsavedEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { signIn } from '#lib/endpoints/sign-in.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'
import { browseEndpoint } from '#lib/files/list-files.ts'
import { downloadFile, uploadFile } from '#lib/files/pass-file.ts'
import { LiveHub } from '#lib/live/hub.ts'
import { openDepot } from '#tests/support/depot.ts'
import { fetching, sending } from '#tests/support/passages.ts'
import { startOAuthStorage } from '#tests/support/servers/oauth-storage.ts'

// A service that takes each refresh token once, whose access tokens end in a second: every use is given a new one, and
// whoever loses it is out. Real worker and rclone.

const type = 'google cloud storage'
const service = await startOAuthStorage(afterAll, { 'A001/clip.mxf': 'abc' })
const depot = await openDepot()
await depot.worker(afterAll)
const { db, sql } = depot.database
const ctx: Context = { ...depot.ctx.operator, ask: asker(db, new LiveHub(sql)) }
const settings = { ...service.settings, client_secret: service.clientSecret }
const place = { type, path: service.bucket, settings }

async function signedIn(): Promise<string> {
  const { state } = await signIn({ ctx, input: { type, settings } })
  return (await signIn({ ctx, input: { type, state, answer: service.freshToken() } })).state
}
const tokenOf = async (id: string) => {
  const [row] = await db.select().from(endpoints).where(eq(endpoints.id, id))
  return row!.secrets.token
}
const browse = async (id: string) =>
  (await browseEndpoint({ ctx, id, input: {} })).items.map(({ name }) => name)

test('an upload and a download keep what they were given anew', async () => {
  const input = { name: 'cloud', ...place, signIn: await signedIn() }
  const { id } = await createEndpoint({ ctx, input })
  const path = 'A001/new.txt'
  for (const body of ['first', 'second']) {
    const before = await tokenOf(id)
    await uploadFile({ ctx, id, input: { path, overwrite: 'true' }, send: sending(body) })
    await expect.poll(() => tokenOf(id)).not.toBe(before)
    const { body: got } = await downloadFile({ ctx, id, input: { path }, open: fetching })
    expect(String(got)).toBe(body)
  }
  expect(await browse(id)).toEqual(['A001'])
  expect(service.refused).toBe(0)
})

test('a test before saving spends the token and gives the new one back, sealed', async () => {
  const tested = await testUnsavedEndpoint({ ctx, input: { ...place, signIn: await signedIn() } })
  expect(tested).toMatchObject({ ok: true, signIn: expect.stringMatching(/^fo1\./) })
  const again = await testUnsavedEndpoint({ ctx, input: { ...place, signIn: tested.signIn } })
  expect(again.ok).toBe(true)
  const { id } = await createEndpoint({ ctx, input: { name: 'tested', ...place, signIn: again.signIn } })
  expect(await browse(id)).toEqual(['A001'])
  // Somebody else's it is not.
  const stranger = { ...ctx, actor: depot.ctx.owner.actor }
  const taken = createEndpoint({ ctx: stranger, input: { name: 'x', ...place, signIn: again.signIn } })
  await expect(taken).rejects.toMatchObject({ kind: 'invalid' })
  expect(service.refused).toBe(0)
})

test('so does one of a token that was typed, and of a saved endpoint that is signed in anew', async () => {
  const typed = { ...place, settings: { ...settings, token: service.freshToken() } }
  const tested = await testUnsavedEndpoint({ ctx, input: typed })
  expect(tested.ok).toBe(true)
  const { id } = await createEndpoint({ ctx, input: { name: 'typed', ...typed, signIn: tested.signIn } })
  expect(await browse(id)).toEqual(['A001'])
  const kept = await tokenOf(id)
  const input = { ...place, endpointId: id, signIn: await signedIn() }
  const { signIn: state } = await testUnsavedEndpoint({ ctx, input })
  expect(await tokenOf(id)).toBe(kept)
  await updateEndpoint({ ctx, id, input: { signIn: state } })
  expect(await browse(id)).toEqual(['A001'])
  // Of what is saved nothing has to be given back: it is kept.
  const saved = await testUnsavedEndpoint({ ctx, input: { type, path: service.bucket, endpointId: id } })
  expect(saved).toMatchObject({ ok: true })
  expect(saved).not.toHaveProperty('signIn')
  expect(await browse(id)).toEqual(['A001'])
  expect(service.refused).toBe(0)
})
