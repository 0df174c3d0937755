import { Command } from 'commander'
import type { KeyUse } from '#lib/secrets/kept-secrets.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import type { Rotation } from '#lib/secrets/rotate-secrets.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { onMachine } from './on-machine.ts'
import { countOf, printJson, printTable } from './output.ts'

type Json = { json?: boolean }

/** The keys that open the secrets of endpoints: on the machine itself, for whoever may read its key file. */
export function secrets(): Command {
  const command = new Command('secrets')
    .description('The keys that open the secrets of endpoints, on the machine itself')
    .addCommand(publicKey())
    .addCommand(newKey())
    .addCommand(rotate())
    .addCommand(status())
  return withExamples(command, [
    ['secrets public-key', 'what a web of its own needs as FILE_ORBIT_PUBLIC_KEY'],
    ['secrets status', 'how many secrets each key opens'],
  ])
}

function publicKey(): Command {
  const command = new Command('public-key')
    .description('Print the public key: whoever has it can seal secrets, but open none.')
    .option('--json', 'print {id, publicKey}')
    .action(async (options: Json) => {
      const [ring, { publicText }] = await Promise.all([readRing(), import('#lib/secrets/keys.ts')])
      const text = publicText(ring[0].public)
      if (options.json) printJson({ id: ring[0].public.id, publicKey: text })
      else console.log(text)
    })
  return withExamples(command, [['secrets public-key', 'for FILE_ORBIT_PUBLIC_KEY of the web']])
}

function newKey(): Command {
  const command = new Command('new-key')
    .description('Put a new key in front of those in the data folder.')
    .option('--json', 'print {id, publicKey, file}')
    .action(async (options: Json) => {
      const [{ readEnv }, { addKeyToFile, keysOfMachine }, { publicText }, { openKeyRing }] =
        await Promise.all([
          import('#lib/env.ts'),
          import('../key-file.ts'),
          import('#lib/secrets/keys.ts'),
          import('#workers/secrets/key-ring.ts'),
        ])
      const env = readEnv()
      const { text, source: file } = keysOfMachine(env)
      if (env.secretKey) throw new CliError(exitStatus.failed, KEYS_ARE_SET)
      // A file with a broken key must not be written anew as if it were whole.
      await openKeyRing(text, file)
      addKeyToFile(file)
      const key = (await openKeyRing(keysOfMachine(env).text, file))[0].public
      if (options.json) return printJson({ id: key.id, publicKey: publicText(key), file })
      console.log(`The new key ${key.id} stands first in ${file}; the older ones follow it.`)
      console.error(
        'Restart File Orbit, so that new secrets are sealed to it. Then `file-orbit secrets rotate` seals the others anew.',
      )
    })
  return withExamples(command, [['secrets new-key', 'then restart, then: secrets rotate']])
}

const KEYS_ARE_SET = [
  'FILE_ORBIT_SECRET_KEY is set, so the keys are kept where it is set, not in the data folder. There, put a new key in front:',
  '  FILE_ORBIT_SECRET_KEY="$(openssl rand -base64 32) $FILE_ORBIT_SECRET_KEY"',
  'Restart the workers with it, then the web with FILE_ORBIT_PUBLIC_KEY as `file-orbit secrets public-key` prints it, then run `file-orbit secrets rotate`.',
].join('\n')

function rotate(): Command {
  const command = new Command('rotate')
    .description('Seal every secret anew, to the newest key, while the system runs.')
    .option('--json', 'print {keyId, resealed, alreadyNewest, changedMeanwhile, failed}')
    .action(async (options: Json) => {
      const [ring, { rotateSecrets }] = await Promise.all([
        readRing(),
        import('#lib/secrets/rotate-secrets.ts'),
      ])
      const done = await onMachine((ctx) => rotateSecrets({ ctx, ring }))
      if (options.json) printJson(done)
      else tellRotation(done)
      if (done.failed.length > 0) process.exitCode = exitStatus.failed
    })
  return withExamples(command, [
    ['secrets rotate', 'goes on where it was, if it was ended in between'],
    ['secrets rotate --json', 'the counts, and each secret that could not be opened'],
  ])
}

function tellRotation({ keyId, resealed, alreadyNewest, changedMeanwhile, failed }: Rotation): void {
  console.log(`re-sealed         ${countOf(resealed, 'secret')}, to the key ${keyId}`)
  console.log(`already newest    ${countOf(alreadyNewest, 'secret')}`)
  console.log(`changed meanwhile ${countOf(changedMeanwhile, 'row')}, as they were saved`)
  console.log(`cannot be opened  ${countOf(failed.length, 'secret')}`)
  for (const { name, field, why } of failed) console.error(`  ${name}, ${field}: ${why}`)
  if (changedMeanwhile > 0) console.error('Run it once more for what was changed meanwhile.')
}

function status(): Command {
  const command = new Command('status')
    .description('Show how many secrets each key opens.')
    .option('--json', 'print {keys: [{keyId, held, newest, secrets, rows}]}')
    .action(async (options: Json) => {
      const [ring, { countByKey }] = await Promise.all([readRing(), import('#lib/secrets/kept-secrets.ts')])
      const keys = keyTable(ring, await onMachine(({ db }) => countByKey(db)))
      if (options.json) printJson({ keys })
      else {
        printTable(
          ['KEY', 'SECRETS', 'IN ROWS', 'THIS MACHINE'],
          keys.map((key) => [key.keyId, String(key.secrets), String(key.rows), wordsFor(key)]),
        )
      }
      if (keys.some(({ held }) => !held)) process.exitCode = exitStatus.failed
    })
  return withExamples(command, [['secrets status', 'an older key without secrets can be taken out']])
}

type KeyRow = KeyUse & { held: boolean; newest: boolean }

/** Each key of this machine, and after them those that it lacks. */
function keyTable(ring: KeyRing, uses: KeyUse[]): KeyRow[] {
  const ids = ring.map((key) => key.public.id)
  const all = [...ids, ...uses.map(({ keyId }) => keyId).filter((keyId) => !ids.includes(keyId))]
  return all.map((keyId) => ({
    ...(uses.find((one) => one.keyId === keyId) ?? { keyId, secrets: 0, rows: 0 }),
    held: ids.includes(keyId),
    newest: keyId === ids[0],
  }))
}

function wordsFor({ held, newest, secrets: count }: KeyRow): string {
  if (newest) return 'newest'
  if (!held) return 'missing here'
  return count === 0 ? 'older, opens nothing any more' : 'older'
}

async function readRing(): Promise<KeyRing> {
  const [{ keysOfMachine }, { openKeyRing }] = await Promise.all([
    import('../key-file.ts'),
    import('#workers/secrets/key-ring.ts'),
  ])
  const { text, source } = keysOfMachine()
  return openKeyRing(text, source)
}
