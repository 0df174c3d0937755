import { noOneToAsk } from '#lib/agents/questions.ts'
import { ensureBuiltinAgent, registerWorker } from '#lib/agents/register-worker.ts'
import { type Actor, type Context, systemActor } from '#lib/context.ts'
import { openQueue, type Queue } from '#lib/queue/boss.ts'
import { sealerFor } from '#lib/secrets/sealer.ts'
import { machineIdentity } from '#workers/processes.ts'
import type { TestDatabase } from './database.ts'
import type { Later } from './later.ts'
import { testKeyId, testPublicKey } from './secret-keys.ts'

export type Contexts = {
  owner: Context
  operator: Context
  viewer: Context
  operatorKey: Context
  viewerKey: Context
  agent: Context
  system: Context
  /** The id of a registered worker process, as a holder of attempts. */
  workerId: string
}

/** A context for each kind of actor over one database; `roots` are the folders of its built-in agent. */
export async function contextsOver(
  { db }: TestDatabase,
  later: Later,
  roots: string[] = ['/srv'],
): Promise<Contexts> {
  const queue: Queue = await openQueue(db, { onError: (error) => console.error(error) })
  later(() => queue.stop())
  const builtin = await ensureBuiltinAgent(db, roots)
  const as = (actor: Actor): Context => ({
    actor,
    db,
    queue,
    ask: noOneToAsk,
    seal: sealerFor(testPublicKey),
  })
  const user = (role: 'owner' | 'operator' | 'viewer') =>
    as({ type: 'user', id: `user-${role}`, role, label: `${role}@studio.example` })
  const key = (role: 'operator' | 'viewer') =>
    as({ type: 'apiKey', id: `key-${role}`, role, label: `${role} key` })
  const agent = as({ type: 'agent', id: builtin.id, label: builtin.name })
  const here = { machine: machineIdentity(), host: 'test', pid: process.pid }
  const facts = { ...here, rcloneVersion: '0', rclonePath: '/', slots: 4, keyIds: [testKeyId] }
  return {
    owner: user('owner'),
    operator: user('operator'),
    viewer: user('viewer'),
    operatorKey: key('operator'),
    viewerKey: key('viewer'),
    agent,
    system: as(systemActor('test')),
    workerId: await registerWorker({ ctx: agent, facts: { ...facts, agentId: builtin.id } }),
  }
}
