import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { NODE_FLAGS } from '#bin/node-flags.ts'
import { ROOT } from './house.ts'

/** Tells at the end which files were loaded, and as what. */
const witness = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const loaded = new Set()
  registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) loaded.add(url + ' ' + context.format)
      return next(url, context)
    },
  })
  process.on('exit', () => console.log([...loaded].sort().join('\\n')))`)}`

async function loadedBy(...flags: string[]): Promise<string[]> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    ...flags,
    `--import=${witness}`,
    'workers/dispatcher.ts',
  ]
  const env = { ...process.env, NODE_OPTIONS: undefined, NODE_COMPILE_CACHE: undefined }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env })
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('/bin/imports.mjs '))
}

test('what remembers how modules are found finds those that Node finds', async () => {
  const [alone, remembering] = await Promise.all([loadedBy(), loadedBy(...NODE_FLAGS)])
  expect(alone.length).toBeGreaterThan(300)
  expect(remembering).toEqual(alone)
})
