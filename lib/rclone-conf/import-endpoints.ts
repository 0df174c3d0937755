import { v7 } from 'uuid'
import { type Agent, builtinAgent } from '#lib/agents/queries.ts'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { createOnce } from '#lib/creation.ts'
import type { Tx } from '#lib/db/client.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { type FieldIssue, InvalidError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { askForRemotes, existingEndpoints } from './ask-for-remotes.ts'
import { hostKeyProblems } from './host-key-problems.ts'
import { type PlannedItem, planRemotes } from './plan-remotes.ts'
import { type ImportAnswer, type ImportItem, importSchema } from './schema.ts'
import { writeItem } from './write-item.ts'

/**
 * Makes endpoints of the remotes of an rclone.conf, all or none. Its text goes to the agent sealed and comes back as
 * settings with sealed secrets. A dry run says what would be done with each, and what stands in the way; without one,
 * whatever stands in the way refuses the whole.
 */
export async function importEndpoints({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<ImportAnswer> {
  requireRole(ctx.actor, 'operator')
  const values = parseInput(importSchema, input)
  const { choices, only, dryRun, agentFile } = values
  // Who names a file of the agent learns what stands in it, but for its secrets.
  if (agentFile !== undefined) requireRole(ctx.actor, 'owner')
  const agent = await builtinAgent(ctx.db)
  const existing = await existingEndpoints(ctx.db)
  const remotes = await askForRemotes(ctx, agent.id, values, existing)
  refuseUnknownRemotes(
    [...Object.keys(choices), ...(only ?? [])],
    remotes.map(({ name }) => name),
  )
  const items = planRemotes({ remotes, existing, choices, only, roots: agent.roots, newId: v7 })
  await hostKeyProblems(ctx, agent.id, items)
  if (dryRun) {
    await tryThem(ctx, agent, items)
    return { remotes: items.map(toItem), endpoints: [] }
  }
  const kept = { choices: Object.keys(choices), only, agentFile, remotes: remotes.map(shownRemote) }
  return createOnce(ctx, 'importEndpoints', kept, async (tx) => {
    const endpoints = await writeItems(ctx, tx, agent, items)
    const problems = items.flatMap(issuesOf)
    if (problems.length > 0) {
      throw new InvalidError(problems.map(({ message }) => message).join(' '), problems)
    }
    if (endpoints.length === 0) throw new InvalidError('Nothing of the file is to be imported.')
    await recordAudit(tx, ctx.actor, {
      action: 'endpoint.import',
      detail: {
        ...(agentFile !== undefined && { agentFile }),
        made: items.filter(({ action }) => action === 'create').map(({ name }) => name),
        replaced: items.filter(({ action }) => action === 'replace').map(({ name }) => name),
        skipped: items.filter(({ action }) => action === 'skip').map(({ remote }) => remote),
      },
    })
    return { remotes: items.map(toItem), endpoints }
  })
}

class TriedOut extends Error {}

/** All of it as it would be, and nothing of it kept. */
async function tryThem(ctx: Context, agent: Agent, items: PlannedItem[]): Promise<void> {
  try {
    await ctx.db.transaction(async (tx) => {
      await writeItems(ctx, tx, agent, items)
      throw new TriedOut()
    })
  } catch (error) {
    if (!(error instanceof TriedOut)) throw error
  }
}

/** Each that nothing stands in the way of; what its making refuses is added to its problems. */
async function writeItems(ctx: Context, tx: Tx, agent: Agent, items: PlannedItem[]): Promise<Endpoint[]> {
  const made: Endpoint[] = []
  const written = new Set<string>()
  for (const item of items) {
    if (item.action === 'skip') continue
    const isMissing = (id: string) => !written.has(id) && items.some((one) => one.id === id)
    if (item.problems.length === 0 && item.needs.some(isMissing)) {
      const message = 'Something stands in the way of what it lies over.'
      item.problems.push({ path: 'settings.remote', message })
    }
    if (item.problems.length > 0) continue
    try {
      made.push(await writeItem(ctx, tx, agent, item))
      written.add(item.id)
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error
      const issues = error.issues.length > 0 ? error.issues : [{ path: 'settings', message: error.message }]
      item.problems.push(...issues)
    }
  }
  return made
}

function toItem({
  id: _,
  settings: _settings,
  limits: _limits,
  needs: _needs,
  ...item
}: PlannedItem): ImportItem {
  return { ...item, secrets: Object.keys(item.secrets) }
}

function issuesOf({ remote, problems, action }: PlannedItem): FieldIssue[] {
  if (action === 'skip') return []
  return problems.map((one) => ({
    ...one,
    path: `choices.${remote}.${one.path}`,
    message: `${remote}: ${one.message}`,
  }))
}

/** What is kept of it for repetitions must not help anybody to guess a secret. */
function shownRemote({
  name,
  type,
  settings,
  secrets,
}: {
  name: string
  type: string
  settings: object
  secrets: object
}) {
  return { name, type, settings, secrets: Object.keys(secrets) }
}

function refuseUnknownRemotes(asked: string[], names: string[]): void {
  const unknown = asked.find((name) => !names.includes(name))
  if (unknown === undefined) return
  const there = names.length > 0 ? `There are: ${names.slice(0, 20).join(', ')}.` : 'It has none.'
  throw InvalidError.at('choices', `The file has no remote "${unknown.slice(0, 80)}". ${there}`)
}
