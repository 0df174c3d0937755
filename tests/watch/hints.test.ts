import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished, test } from 'vitest'
import { eventually } from '#tests/start/processes.ts'
import { plant, tempFolder } from '#tests/support/files.ts'
import { Hints } from '#workers/watchers/hints.ts'

async function openHints() {
  const root = await tempFolder(onTestFinished)
  const heard = new Set<string>()
  const hints = new Hints({
    onHint: (folder, name) => heard.add(join(folder, name ?? '')),
    onError: (error) => {
      throw error
    },
  })
  onTestFinished(() => hints.close())
  let written = 0
  /** Resolves when of something that was written there a hint came: from when on cannot be told but by trying. */
  const hears = (folder: string) =>
    eventually(`hints come of ${folder}`, async () => {
      written += 1
      const path = join(folder, `f${written}`)
      await writeFile(path, '')
      return eventually('a hint', () => heard.has(path), 200).then(
        () => true,
        () => false,
      )
    })
  return { root, hints, hears }
}

test('a folder below one that was exchanged is heard of again once it is followed again', async () => {
  const { root, hints, hears } = await openHints()
  await plant(root, { 'in/d/': '', 'twin/d/': '' })
  const folder = join(root, 'in')
  const below = join(folder, 'd')
  hints.follow(folder)
  hints.follow(below)
  await hears(below)
  await rename(folder, join(root, 'away'))
  await rename(join(root, 'twin'), folder)
  hints.unfollow(folder)
  hints.follow(folder)
  hints.follow(below)
  await hears(below)
  await hears(folder)
})

test('one that was removed and made again is, too', async () => {
  const { root, hints, hears } = await openHints()
  const folder = join(await plant(join(root, 'in'), { 'd/': '' }), 'd')
  hints.follow(folder)
  await hears(folder)
  for (let n = 0; n < 3; n += 1) {
    await rm(folder, { recursive: true })
    await plant(folder, {})
    hints.unfollow(folder)
    hints.follow(folder)
    await hears(folder)
  }
})
