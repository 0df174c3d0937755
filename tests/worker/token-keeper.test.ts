import { expect, test } from 'vitest'
import type { RefreshedToken } from '#lib/endpoints/keep-token.ts'
import { endpointSecret } from '#lib/endpoints/seal-settings.ts'
import { parseKeyRing } from '#lib/secrets/keys.ts'
import { open, seal } from '#lib/secrets/seal.ts'
import { testSecretKey } from '#tests/support/secret-keys.ts'
import type { Slot } from '#workers/rclone/slot.ts'
import { type OpenedToken, TokenKeeper } from '#workers/secrets/token-keeper.ts'

// The order of things that a real service and a real database do not do on demand; the whole is sign-in.test.ts.

const ring = parseKeyRing(testSecretKey)
const ROW = '0199f2a4-7c31-7a52-9d0e-5f1b6c3d2e41'
const place = endpointSecret(ROW, 'token')
const sealed = (text: string) => seal(ring[0].public, place, text)
const text = (n: number, expiry: string) =>
  JSON.stringify({ access_token: `a${n}`, refresh_token: `r${n}`, expiry })
const LATER = '2099-01-01T00:00:00Z'
const LONG_AGO = '2020-01-01T00:00:00Z'

/** A slot whose rclone has this token by now. */
const slotWith = (token: () => string) =>
  ({ remotes: { read: async () => ({ token: token() }) } }) as unknown as Slot

async function keeping(clear: string) {
  const row = { secret: await sealed(clear), isAway: false }
  const keeper = new TokenKeeper(ring, {
    async keepToken({ before, after }: RefreshedToken) {
      if (row.isAway) throw new Error('The database is away')
      if (row.secret === before) row.secret = after
      return row.secret
    },
  })
  const token: OpenedToken = { row: ROW, remote: 'r', sealed: row.secret, clear }
  return { row, keeper, token, stored: () => open(ring, place, row.secret) }
}

test('a token that was sealed anew meanwhile is still replaced', async () => {
  const { row, keeper, token, stored } = await keeping(text(1, LONG_AGO))
  row.secret = await sealed(text(1, LONG_AGO))
  await keeper.look(
    slotWith(() => text(2, LATER)),
    [token],
  )
  expect(await stored()).toBe(text(2, LATER))
})

test('one that somebody else has put there stays', async () => {
  const { row, keeper, token, stored } = await keeping(text(1, LONG_AGO))
  row.secret = await sealed(text(9, LATER))
  await keeper.look(
    slotWith(() => text(2, LATER)),
    [token],
  )
  expect(await stored()).toBe(text(9, LATER))
})

test('one that could not be kept is kept when the database is back, the newest of several', async () => {
  const { row, keeper, token, stored } = await keeping(text(1, LONG_AGO))
  row.isAway = true
  await keeper.look(
    slotWith(() => text(2, LONG_AGO)),
    [token],
  )
  await keeper.look(
    slotWith(() => text(3, LATER)),
    [token],
  )
  expect(await stored()).toBe(text(1, LONG_AGO))
  row.isAway = false
  await keeper.flush()
  expect(await stored()).toBe(text(3, LATER))
})

test('of two slots with a token that has ended the second waits, and is given the new one', async () => {
  const { keeper, token } = await keeping(text(1, LONG_AGO))
  const first = slotWith(() => text(2, LATER))
  const second = slotWith(() => text(2, LATER))
  await keeper.begin(first, token)
  // The same slot may open it twice: a copy from an endpoint to itself.
  await keeper.begin(first, { ...token })
  const other = { ...token }
  let isOpen = false
  const opening = keeper.begin(second, other).then(() => {
    isOpen = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(isOpen).toBe(false)
  await keeper.look(first, [token])
  await opening
  expect(other.clear).toBe(text(2, LATER))
  await keeper.end(first, [token])
  await keeper.end(second, [other])
})

test('a slot that fails before it refreshes holds nobody up', async () => {
  const { keeper, token } = await keeping(text(1, LONG_AGO))
  const first = slotWith(() => text(1, LONG_AGO))
  await keeper.begin(first, token)
  const opening = keeper.begin(
    slotWith(() => ''),
    { ...token },
  )
  await keeper.end(first, [])
  await opening
})
