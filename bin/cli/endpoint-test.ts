import { Command } from 'commander'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { stageNames } from '#lib/endpoints/stage-names.ts'
import type { QueueTest } from '#lib/s3-events/queue-test-schema.ts'
import { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { colour, dim, printJson, visible } from './output.ts'

export function testEndpointCommand(): Command {
  const command = new Command('test')
    .description('Ask whether an endpoint works now, stage by stage.')
    .argument('<name>', 'its name or id')
    .option('--write', 'also write a small file and delete it again')
    .option('--json', 'print the stages as JSON')
    .action(async (name: string, options: { write?: boolean; json?: boolean }) => {
      const client = new Client()
      const { id } = await endpointNamed(client, name)
      const write = options.write ?? false
      const result = await client.call<TestResult>('POST', `/endpoints/${id}/test`, { write })
      if (options.json) printJson(result)
      else for (const stage of result.stages) printStage(stage)
      if (!result.ok) process.exitCode = exitStatus.failed
    })
  return withExamples(command, [
    ['endpoints test archive', 'reachable, readable, and how fast'],
    ['endpoints test nas --write', 'and may be written to'],
  ])
}

type Stage = TestResult['stages'][number] | QueueTest['stages'][number]

export function printStage(row: Stage): void {
  const { stage, ok, ms, message, words } = row
  const warns = 'warning' in row
  const mark = !ok ? colour('red', 'failed') : warns ? colour('yellow', 'warns ') : colour('green', 'ok    ')
  console.log(`${mark}  ${stageNames[stage].padEnd(8)}  ${visible(message)} (${Math.round(ms)} ms)`)
  if ('hostKey' in row && row.hostKey) {
    console.log(`        If that is right: endpoints update … --accept-host-key ${row.hostKey.fingerprint}`)
  }
  if (words) console.log(dim(`        ${visible(words)}`))
}
