import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { tempFolder } from '#tests/support/files.ts'
import { dumpConfig } from '#workers/rclone-conf/dump-config.ts'
import { run } from '#workers/run.ts'

const SECRET = 'canary-secret-of-a-configuration-18c2'
const PASSWORD = ` canary "password" of $a \\configuration `
const TEXT = `[cloud]\ntype = s3\nsecret_access_key = ${SECRET}\n`

/** The text as rclone encrypts it. */
async function encrypted(folder: string): Promise<string> {
  const [file, command] = [join(folder, 'enc.conf'), join(folder, 'password.sh')]
  await writeFile(file, TEXT)
  await writeFile(join(folder, 'password'), PASSWORD)
  await writeFile(command, `#!/bin/sh\ncat '${join(folder, 'password')}'\n`)
  await chmod(command, 0o700)
  const env = { PATH: process.env.PATH, HOME: folder, RCLONE_CONFIG: file, RCLONE_PASSWORD_COMMAND: command }
  const { status, output } = await run(inject('rclone'), ['config', 'encryption', 'set'], { env })
  expect(status, output).toBe(0)
  return readFile(file, 'utf8')
}

/** An rclone that notes, before it is one, what the processes of this reading show and what lies in the folder. */
async function spy(folder: string): Promise<{ rclone: string; seen: string }> {
  const seen = await tempFolder(onTestFinished)
  const rclone = join(seen, 'rclone')
  const look = `for pid in $$ $PPID; do cat /proc/$pid/environ /proc/$pid/cmdline; done; cat '${folder}'/* 2>/dev/null`
  await writeFile(rclone, `#!/bin/sh\n{ ${look}; } > '${seen}/notes'\nexec '${inject('rclone')}' "$@"\n`)
  await chmod(rclone, 0o700)
  return { rclone, seen: join(seen, 'notes') }
}

test.skipIf(process.platform !== 'linux')(
  'while rclone reads a configuration no file, argument or environment holds any of it',
  async () => {
    const text = await encrypted(await tempFolder(onTestFinished))
    expect(text).toContain('RCLONE_ENCRYPT_V0:')
    const folder = join(await tempFolder(onTestFinished), 'private')
    await mkdir(folder)
    const { rclone, seen } = await spy(folder)
    for (const [given, password] of [
      [TEXT, null],
      [text, PASSWORD],
    ] as const) {
      expect(await dumpConfig(rclone, folder, given, password)).toEqual({
        ...{ ok: true, remotes: { cloud: { type: 's3', secret_access_key: SECRET } } },
      })
      const notes = await readFile(seen, 'latin1')
      expect(notes).toContain('RCLONE_CONFIG=/dev/stdin')
      for (const hidden of ['canary', 'RCLONE_ENCRYPT_V0']) expect(notes).not.toContain(hidden)
      expect(await readdir(folder)).toEqual([])
    }
  },
)

test.each(['', '\n\n', '# only words\n; and others\n\n# more'])('%j holds no remote', async (text) => {
  const folder = await tempFolder(onTestFinished)
  expect(await dumpConfig(inject('rclone'), folder, text, null)).toEqual({ ok: true, remotes: {} })
})

test('a long one is read whole, and a password of several lines decrypts nothing', async () => {
  const folder = await tempFolder(onTestFinished)
  const long = Array.from(
    { length: 1500 },
    (_, n) => `[r${n}]\ntype = s3\nsecret_access_key = ${'x'.repeat(200)}\n`,
  )
  const dumped = await dumpConfig(inject('rclone'), folder, long.join(''), null)
  expect(dumped.ok && Object.keys(dumped.remotes)).toHaveLength(1500)
  const text = await encrypted(folder)
  for (const password of [`${PASSWORD}\n`, 'wrong', '']) {
    const refused = await dumpConfig(inject('rclone'), folder, text, password)
    expect(refused).toMatchObject({ ok: false, cause: expect.stringMatching(/^password_/) })
  }
})
