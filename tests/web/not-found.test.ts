import { v7 } from 'uuid'
import { afterAll, expect, test } from 'vitest'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { openStage } from '#tests/support/stage.ts'
import { startWeb } from '#tests/support/web.ts'

const stage = await openStage(afterAll)
const web = await startWeb(stage.database.url, afterAll)
const { email } = await makeUser(stage.database, 'viewer')
const cookie = (await signIn(web.url, email))!

const statusOf = async (path: string) => (await fetch(`${web.url}${path}`, { headers: { cookie } })).status

test('a page of what is not there answers 404, not a skeleton that turns into it', async () => {
  const { id } = await stage.queued()
  expect(await statusOf(`/jobs/${id}`)).toBe(200)
  expect(await statusOf(`/endpoints/${stage.source.id}`)).toBe(200)
  for (const noun of ['jobs', 'endpoints']) {
    expect(await statusOf(`/${noun}/${v7()}`)).toBe(404)
    expect(await statusOf(`/${noun}/nonsense`)).toBe(404)
  }
})

test('nobody who is not signed in learns which jobs there are', async () => {
  const { id } = await stage.queued()
  for (const one of [id, v7()]) {
    const { status, headers } = await fetch(`${web.url}/jobs/${one}`, { redirect: 'manual' })
    expect([status, headers.get('location')]).toEqual([307, expect.stringMatching(/^\/sign-in\b/)])
  }
})
