import { Command } from 'commander'
import type { QueueTest } from '#lib/s3-events/queue-test-schema.ts'
import { Client } from './client.ts'
import { printStage } from './endpoint-test.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { duration, printJson, printTable } from './output.ts'
import { templateNamed } from './template-named.ts'

export function testQueueCommand(): Command {
  const command = new Command('test-queue')
    .description('Ask whether the queues of a template’s S3 events can be read; no message is received.')
    .argument('<template>', 'its name or id')
    .option('--json', 'print what was found as JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const client = new Client()
      const { triggers, name: template } = await templateNamed(client, name)
      const queues = triggers.filter(({ type }) => type === 's3')
      if (queues.length === 0) {
        throw new CliError(exitStatus.usage, `${template} has no trigger of S3 events.`)
      }
      const results: QueueTest[] = []
      for (const { id } of queues) {
        const result = await client.call<QueueTest>('POST', '/templates/test-queue', { triggerId: id })
        results.push(result)
        if (!options.json) print(result)
      }
      if (options.json) printJson(results)
      if (results.some(({ ok }) => !ok)) process.exitCode = exitStatus.failed
    })
  return withExamples(command, [
    ['templates test-queue uploads', 'stage by stage, and how many messages wait'],
  ])
}

function print({ stages, facts }: QueueTest): void {
  for (const stage of stages) printStage(stage)
  if (!facts) return
  const time = (seconds: number | null) => (seconds === null ? '—' : duration(seconds))
  printTable(
    ['WHAT', 'VALUE'],
    [
      ['waiting', String(facts.waiting ?? '—')],
      ['in flight', String(facts.inFlight ?? '—')],
      ['delayed', String(facts.delayed ?? '—')],
      ['kept for', time(facts.retentionSeconds)],
      ['hidden while read for', time(facts.visibilitySeconds)],
      ['dead-letter queue', facts.deadLetter?.arn ?? 'none of its own'],
    ],
  )
}
