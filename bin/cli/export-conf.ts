import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { Exported } from '#lib/rclone-conf/export-endpoints.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { countOf, printJson, visible } from './output.ts'

/** `endpoints export`: on the machine itself, for whoever may read its key file anyway. */
export function exportConf(): Command {
  const command = new Command('export')
    .description('Write the endpoints with their secrets as an rclone.conf, on the machine itself.')
    .requiredOption('--output <file>', 'a new file, for its owner alone; - for standard output')
    .option('--json', 'print {written, leftOut} as JSON')
    .action(async ({ output, json }: { output: string; json?: boolean }) => {
      if (output === '-' && json) {
        throw new CliError(exitStatus.usage, 'With --json give a file for --output.')
      }
      const { text, written, leftOut } = await ask()
      if (output === '-') process.stdout.write(text)
      else await write(output, text)
      if (json) printJson({ written, leftOut })
      else {
        for (const { name, why } of leftOut) console.error(visible(`left out: ${name}: ${why}`))
        const where = output === '-' ? '' : ` in ${output}`
        console.error(
          `${countOf(written.length, 'endpoint')}${where}. Whoever has this can read every secret in it.`,
        )
      }
      if (leftOut.length > 0) process.exitCode = exitStatus.failed
    })
  return withExamples(command, [
    ['endpoints export --output rclone.conf', 'readable for its owner alone'],
    ['endpoints export --output - | rclone --config /dev/stdin lsd nas:', 'into another program'],
  ])
}

/** By a question to the worker, as the web puts it: only a worker opens secrets. */
async function ask(): Promise<Exported> {
  const [{ systemActor }, { findDatabaseUrl }, { connect }, { readEnv }, { asker }, { LiveHub }, verb] =
    await Promise.all([
      import('#lib/context.ts'),
      import('#lib/data-dir.ts'),
      import('#lib/db/client.ts'),
      import('#lib/env.ts'),
      import('#lib/agents/questions.ts'),
      import('#lib/live/hub.ts'),
      import('#lib/rclone-conf/export-endpoints.ts'),
    ])
  const database = connect(await findDatabaseUrl(readEnv()), { max: 2, name: 'cli' })
  try {
    const hub = new LiveHub(database.sql)
    const ctx = { actor: systemActor('command line'), db: database.db, ask: asker(database.db, hub) }
    return await verb.exportEndpoints({ ctx, input: {}, sessionId: null, address: null })
  } finally {
    await database.close()
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'EEXIST' ? 'exists already; it is not overwritten' : `cannot be written (${code})`
    throw new CliError(exitStatus.usage, `${file} ${why}.`)
  }
}
