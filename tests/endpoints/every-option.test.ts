import { v7 } from 'uuid'
import { describe, expect, inject, test } from 'vitest'
import { configSecret } from '#lib/rclone-conf/protocol.ts'
import { seal } from '#lib/secrets/seal.ts'
import { openAgent } from '#tests/support/asked.ts'
import { testKeyRing } from '#tests/support/secret-keys.ts'
import { SignIns } from '#workers/endpoints/sign-in.ts'
import { readProviders } from '#workers/rclone/providers.ts'
import { readConfig } from '#workers/rclone-conf/read-config.ts'

// Whatever rclone's storages call their options, those for no form too.

const agent = await openAgent()
const providers = await readProviders(agent.slot, 'test')
const backendOf = (type: string) => providers.backends.find((one) => one.type === type)!

async function imported(text: string) {
  const row = v7()
  const desk = {
    ...{ rclone: inject('rclone'), providers, ring: testKeyRing },
    files: { folder: undefined, config: undefined },
  }
  const sealed = await seal(testKeyRing[0].public, configSecret(row, 'text'), text)
  const answer = await readConfig(desk, agent.slot.folder, {
    ...{ row, text: sealed, file: null, password: null, rows: {} },
  })
  if (!answer.ok) throw new Error(answer.message)
  return answer.remotes[0]!
}

test('no option of any storage is refused for its name alone', () => {
  const refused = providers.backends.flatMap(({ type, options }) =>
    options
      .filter(({ refused }) => refused === 'It is no setting of a storage.')
      .map(({ name }) => `${type} ${name}`),
  )
  expect(refused).toEqual([])
  for (const type of ['seafile', 'mega', 'protondrive']) {
    expect(backendOf(type).options.find(({ name }) => name === '2fa')).toMatchObject({ refused: null })
  }
})

describe('an import keeps what a sign-in of rclone wrote', () => {
  test.each([
    ['seafile', 'url = https://s.example\nuser = me\n2fa = true\nauth_token = canary-1', ['auth_token']],
    ['iclouddrive', 'apple_id = me\ntrust_token = canary-1\ncookies = canary-2', ['cookies', 'trust_token']],
    [
      'protondrive',
      'username = me\nclient_uid = u\nclient_access_token = canary-1',
      ['client_access_token', 'client_uid'],
    ],
    ['mega', 'user = me\nsession_id = canary-1\nmaster_key = canary-2', ['master_key', 'session_id']],
    [
      'jottacloud',
      'configVersion = 1\ntokenURL = https://id.example/t\ntoken = {"access_token":"canary-1"}',
      ['token'],
    ],
  ])('%s', async (type, lines, secrets) => {
    const remote = await imported(`[one]\ntype = ${type}\n${lines}\n`)
    expect(remote).toMatchObject({ type, leftOut: [], problem: null })
    expect(Object.keys(remote.secrets).sort()).toEqual(secrets)
    expect(JSON.stringify(remote)).not.toContain('canary')
    const stored = { ...remote, root: '', path: '', wrapped: [], deleted: false }
    const { place } = await agent.opener.open(agent.slot, stored)
    const given = lines.split('\n').map((line) => line.split(' = ') as [string, string])
    expect(place.settings).toMatchObject(Object.fromEntries(given))
  })
})

test('forms do not ask for them, nor leave out what a person needs', () => {
  const shown = (type: string) =>
    backendOf(type)
      .options.filter(({ hidden }) => !hidden)
      .map(({ name }) => name)
  expect(shown('mega')).not.toContain('master_key')
  expect(shown('drive')).toEqual(expect.arrayContaining(['service_account_credentials', 'team_drive']))
  expect(shown('iclouddrive')).toContain('trust_token')
})

test('one signs in by the questions of a storage that has no OAuth', async () => {
  const signIns = new SignIns(testKeyRing, providers)
  expect(backendOf('sugarsync').oauth && backendOf('iclouddrive').oauth).toBe(true)
  expect(backendOf('sftp').oauth).toBe(false)
  const begin = { step: 'begin' as const, owner: 'me', type: 'sugarsync', settings: {}, secrets: {} }
  const asked = await signIns.answer(agent.slot, begin)
  expect(asked).toMatchObject({ kind: 'step', done: false, question: { name: 'config_username' } })
  // With nothing to be asked it has ended at once, and an endpoint may take it.
  const ended = await signIns.answer(agent.slot, { ...begin, type: 'koofr', settings: { user: 'me' } })
  if (ended.kind !== 'step') throw new Error(JSON.stringify(ended))
  const finish = { step: 'finish' as const, owner: 'me', type: 'koofr', state: ended.state, row: v7() }
  expect(await signIns.answer(agent.slot, finish)).toEqual({ kind: 'finished', settings: {}, secrets: {} })
})
