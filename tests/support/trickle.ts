import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '#lib/jobs/schema.ts'
import type { client } from './api.ts'

type Api = Pick<ReturnType<typeof client>, 'post'>

/** What every creation was answered until it was made; `null` is a connection that broke. */
export type Created = { id: string; refusals: (number | null)[] }

/**
 * Creates one job after another as a patient client does: the same Idempotency-Key until it is made, of several
 * servers the next one in turn. `stop` resolves with all of them.
 */
export function trickle(apis: Api[], input: (n: number) => unknown, pauseMs: number) {
  const created: Created[] = []
  const abort = new AbortController()
  const createOne = async (n: number): Promise<void> => {
    const key = randomUUID()
    const refusals: Created['refusals'] = []
    for (let turn = n; ; turn += 1) {
      const answer = await apis[turn % apis.length]!.post<Job>('/jobs', input(n), {
        'idempotency-key': key,
      }).catch(() => null)
      if (answer?.status === 201) {
        created.push({ id: answer.body.id, refusals })
        return
      }
      refusals.push(answer?.status ?? null)
      await sleep(100)
    }
  }
  const run = async () => {
    for (let n = 0; !abort.signal.aborted; n += 1) {
      await createOne(n)
      await sleep(pauseMs)
    }
  }
  const running = run()
  return {
    created,
    async stop(): Promise<Created[]> {
      abort.abort()
      await running
      return created
    },
  }
}
