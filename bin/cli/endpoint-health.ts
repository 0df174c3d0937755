import { Command } from 'commander'
import type { EndpointHealth } from '#lib/endpoints/health-schema.ts'
import { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { ago, colour, printJson, size, visible } from './output.ts'

export function endpointHealthCommand(): Command {
  const command = new Command('health')
    .description('Show how an endpoint has done lately, what its storage can do, and what uses it.')
    .argument('<name>', 'its name or id')
    .option('--json', 'print it as JSON')
    .action(async (given: string, options: { json?: boolean }) => {
      const client = new Client()
      const { id } = await endpointNamed(client, given)
      const health = await client.call<EndpointHealth>('GET', `/endpoints/${id}/health`)
      if (options.json) printJson(health)
      else for (const [label, text] of rowsOf(health)) console.log(`${label.padEnd(13)} ${text}`)
      if (health.state === 'failed') process.exitCode = exitStatus.failed
    })
  return withExamples(command, [
    ['endpoints health archive', 'as its last test or job found it; exit status 1 where that failed'],
    ['endpoints health archive --json', 'for a script'],
  ])
}

const states = {
  ok: colour('green', 'ok'),
  failed: colour('red', 'failed'),
  unknown: 'neither tested nor used yet',
} as const

function rowsOf({ state, lastSuccess, lastFailure, facts, usedBy }: EndpointHealth): [string, string][] {
  const by = (jobId: string | null) => (jobId ? `, job ${jobId}` : ', a test')
  const names = (of: { name: string }[]) => of.map(({ name }) => visible(name)).join(', ')
  const features = facts?.features
  const rows: [string, string | null | undefined][] = [
    ['state', states[state]],
    ['last success', lastSuccess && ago(lastSuccess.at) + by(lastSuccess.jobId)],
    ['last failure', lastFailure && ago(lastFailure.at) + by(lastFailure.jobId)],
    ['', lastFailure?.message && visible(lastFailure.message)],
    ['space', facts?.space && spaceOf(facts.space)],
    ['checksums', features && (features.hashes.join(', ') || 'none')],
    ['server side', features && (serverSideOf(features) || 'nothing')],
    [
      'times',
      features &&
        (features.timePrecisionMs === null ? 'none of its own' : `to ${features.timePrecisionMs} ms`),
    ],
    ['lies under', names(usedBy.endpoints)],
    ['templates', names(usedBy.templates)],
    ['jobs', usedBy.jobs.map(({ id, state: now }) => `${id} ${now}`).join(', ')],
  ]
  return rows.flatMap(([label, text]) => (text ? [[label, text] as [string, string]] : []))
}

function spaceOf({ total, used, free }: NonNullable<NonNullable<EndpointHealth['facts']>['space']>): string {
  const parts = [
    free !== null && `${size(free)} free`,
    used !== null && `${size(used)} used`,
    total !== null && `of ${size(total)}`,
  ]
  return parts.filter(Boolean).join(', ')
}

function serverSideOf(features: NonNullable<EndpointHealth['facts']>['features']): string {
  const { serverSideCopy, serverSideMove, folderMove } = features
  const can = [
    serverSideCopy && 'copies files',
    serverSideMove && 'moves files',
    folderMove && 'moves folders',
  ]
  return can.filter(Boolean).join(', ')
}
