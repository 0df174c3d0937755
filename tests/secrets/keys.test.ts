import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newKeyText, parseKeyRing, publicText } from '#lib/secrets/keys.ts'
import { runCommand } from '#tests/support/cli.ts'
import { tempFolder } from '#tests/support/files.ts'

// `file-orbit secrets` without a database: the key file of the data folder.

async function keyFolder(keys?: string) {
  const dataDir = await tempFolder(onTestFinished)
  const file = join(dataDir, 'secret-key')
  if (keys !== undefined) await writeFile(file, keys, { mode: 0o600 })
  const run = (...args: string[]) => runCommand(['secrets', ...args], { FILE_ORBIT_DATA_DIR: dataDir })
  return { dataDir, file, run }
}

test('the public key is the one of the newest key', async () => {
  const [newer, older] = [newKeyText(), newKeyText()]
  const { run } = await keyFolder(`${newer}\n${older}\n`)
  const key = parseKeyRing(newer)[0].public
  expect(await run('public-key')).toEqual({ status: 0, out: `${publicText(key)}\n`, err: '' })
  expect(JSON.parse((await run('public-key', '--json')).out)).toEqual({
    id: key.id,
    publicKey: publicText(key),
  })
})

test('FILE_ORBIT_SECRET_KEY wins over the file, as at the start', async () => {
  const { dataDir } = await keyFolder(newKeyText())
  const given = newKeyText()
  const env = { FILE_ORBIT_DATA_DIR: dataDir, FILE_ORBIT_SECRET_KEY: given }
  const { out } = await runCommand(['secrets', 'public-key'], env)
  expect(out.trim()).toBe(publicText(parseKeyRing(given)[0].public))
})

test('a new key stands in front of the older ones, in a file for its owner alone', async () => {
  const before = newKeyText()
  const { run, file } = await keyFolder(`${before}\n`)
  await chmod(file, 0o600)
  const { status, out, err } = await run('new-key')
  const keys = (await readFile(file, 'utf8')).trim().split('\n')
  expect([status, keys.length, keys[1]]).toEqual([0, 2, before])
  expect(parseKeyRing(keys.join('\n'))).toHaveLength(2)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(out).toContain(parseKeyRing(keys[0]!)[0].public.id)
  expect(err).toContain('Restart File Orbit')
  for (const key of keys) expect(out + err).not.toContain(key)
})

test('a new key is refused where keys are set elsewhere, with what to set there', async () => {
  const kept = newKeyText()
  const { dataDir, file } = await keyFolder(kept)
  const given = newKeyText()
  const env = { FILE_ORBIT_DATA_DIR: dataDir, FILE_ORBIT_SECRET_KEY: given }
  const { status, out, err } = await runCommand(['secrets', 'new-key'], env)
  expect([status, out]).toEqual([1, ''])
  expect(err).toContain('FILE_ORBIT_SECRET_KEY="$(openssl rand -base64 32) $FILE_ORBIT_SECRET_KEY"')
  expect(err).not.toContain(given)
  expect(await readFile(file, 'utf8')).toBe(kept)
})

test.each([
  ['no file', undefined, /There is no key yet: .* npm start makes one/],
  ['an empty file', '\n', /secret-key holds no key/],
  ['half a key', 'AAAA', /Key 1 of .*secret-key is not a key: 32 bytes/],
])('%s is told, and nothing is written', async (_, content, words) => {
  const { run, file } = await keyFolder(content)
  for (const command of ['public-key', 'new-key']) {
    const { status, out, err } = await run(command)
    expect([status, out]).toEqual([1, ''])
    expect(err).toMatch(words)
  }
  expect(await readFile(file, 'utf8').catch(() => undefined)).toBe(content)
})
