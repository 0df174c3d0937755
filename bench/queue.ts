import { PgBoss } from 'pg-boss'
import postgres from 'postgres'
import { noOneToAsk } from '#lib/agents/questions.ts'
import { type Context, systemActor } from '#lib/context.ts'
import { connect } from '#lib/db/client.ts'
import { migrate } from '#lib/db/migrate.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import type { Assignment } from '#lib/jobs/assignment.ts'
import { createJob } from '#lib/jobs/create-job.ts'
import type { AttemptReport } from '#lib/jobs/schema.ts'
import { openQueue } from '#lib/queue/boss.ts'
import { nothingToSeal } from '#lib/secrets/sealer.ts'
import { directControlPlane } from '#workers/control-plane/direct.ts'
import { median } from './figures.ts'
import { childTree, cpuSeconds } from './processes.ts'
import { inParallel, type Row } from './scene.ts'
import type { Stage } from './stage.ts'
import { countingWire } from './wire.ts'

const JOBS = 400
const ROUNDS = 3
const SLOTS = 4
const CREATORS = 4
const BATCH = 100
const BARE = 'bare'

/**
 * The real verbs with a runner that does nothing, beside a bare pg-boss on the same server, in a database of
 * their own: the stage's worker must not take part. All are created, then all are carried out.
 */
export async function bareQueue(stage: Stage): Promise<Row[]> {
  const admin = postgres(stage.databaseUrl, { max: 1 })
  await admin`create database bench_queue`
  await admin.end()
  const url = new URL(stage.databaseUrl)
  url.pathname = '/bench_queue'
  await migrate(url.href)
  const ours = await openHouse(url.href)
  const bare = await openBare(url.href)
  try {
    const turns = { ours: ours.turn, singly: () => bare.turn(1), batches: () => bare.turn(BATCH) }
    const order = ['ours', 'singly', 'batches', 'batches', 'singly', 'ours'] as const
    const took: Record<keyof typeof turns, Turn[]> = { ours: [], singly: [], batches: [] }
    const used: number[][] = []
    await ours.turn()
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const name of order) {
        const server = () => cpuSeconds(childTree(stage.parent.pid!, 'postgres'))
        const [node, database] = [process.cpuUsage(), server()]
        took[name].push(await turns[name]())
        if (name !== 'ours') continue
        const { user, system } = process.cpuUsage(node)
        used.push([(user + system) / 1000 / JOBS, ((server() - database) * 1000) / JOBS])
      }
    }
    const verbs = await eachVerb(ours)
    const counts = await eachCount(url.href)
    const shown = (name: keyof typeof turns) => {
      const per = (pick: (turn: Turn) => number) => Math.round((JOBS * 1000) / median(took[name].map(pick)))
      return `${per((turn) => turn.created + turn.done)} (made ${per((turn) => turn.created)}, carried out ${per((turn) => turn.done)})`
    }
    const control = median(
      Array.from({ length: ROUNDS }, (_, n) => whole(took.singly[2 * n]!) / whole(took.singly[2 * n + 1]!)),
    )
    const cpu = [0, 1].map((at) => median(used.map((one) => one[at]!)).toFixed(1))
    return [
      {
        what: 'jobs a second, createJob to completed, with a runner that does nothing',
        figure: `${shown('ours')}; processor a job: Node ${cpu[0]} ms, PostgreSQL ${cpu[1]} ms`,
        reach: '—',
      },
      {
        what: 'messages a second of a bare pg-boss, send to complete: singly',
        figure: `${shown('singly')}; control ${control.toFixed(2)}`,
        reach: '—',
      },
      { what: `the same, in batches of ${BATCH}`, figure: shown('batches'), reach: '—' },
      ...verbs.map(([verb, ms]) => ({
        what: `one at a time: ${verb}`,
        figure: `median ${ms.toFixed(2)} ms, ${counts[verb]!.statements} statements, ${counts[verb]!.roundTrips} round trips`,
        reach: '—',
      })),
    ]
  } finally {
    await ours.close()
    await bare.close()
  }
}

type Turn = { created: number; done: number }
const whole = ({ created, done }: Turn) => created + done

type House = Awaited<ReturnType<typeof openHouse>>

/** A web's and a worker's ends of one database, as those processes have them. */
async function openHouse(url: string) {
  const onError = (error: Error) => console.error(error.message)
  const web = connect(url, { max: 10, name: 'bench web' })
  const worker = connect(url, { max: 8, name: 'bench worker' })
  const webQueue = await openQueue(web.db, { onError })
  const workerQueue = await openQueue(worker.db, { superviseUrl: url, onError })
  const plane = await directControlPlane(worker, workerQueue, ['/srv'])
  await plane.register({ host: 'bench', pid: 0, rcloneVersion: '0', rclonePath: '/', slots: SLOTS })
  const ctx: Context = {
    actor: systemActor('bench'),
    db: web.db,
    queue: webQueue,
    ask: noOneToAsk,
    seal: nothingToSeal,
  }
  const place = async (name: string) => {
    const unique = `${name} ${process.hrtime.bigint()}`
    return (await createEndpoint({ ctx, input: { name: unique, type: 'local', path: `/srv/${name}` } })).id
  }
  const [source, destination] = [await place('in'), await place('out')]
  const create = () =>
    createJob({
      ctx,
      input: {
        operation: 'copy',
        source: { endpointId: source, path: 'a' },
        destination: { endpointId: destination, path: 'b' },
      },
    })
  const end = (one: Assignment) => plane.finish(reportOf(one), { kind: 'completed' })

  /** As the dispatcher does: takes as many as there are free slots, and again after each end. */
  async function drain(): Promise<number> {
    let busy = 0
    let done = 0
    let pumping = false
    let again = false
    const empty = Promise.withResolvers<void>()
    const pump = async () => {
      again = true
      if (pumping) return
      pumping = true
      while (again) {
        again = false
        for (;;) {
          const free = SLOTS - busy
          const taken = free > 0 ? await plane.claim(free, []) : []
          if (taken.length === 0) break
          busy += taken.length
          for (const one of taken) {
            void end(one).then(() => {
              busy -= 1
              done += 1
              return pump()
            }, empty.reject)
          }
        }
      }
      pumping = false
      if (busy === 0) empty.resolve()
    }
    pump().catch(empty.reject)
    await empty.promise
    return done
  }

  return {
    create,
    end,
    claim: () => plane.claim(1, []),
    queue: workerQueue,
    turn: async (): Promise<Turn> => {
      const began = performance.now()
      await inParallel(CREATORS, JOBS, create)
      const made = performance.now()
      const done = await drain()
      if (done !== JOBS) throw new Error(`${done} of ${JOBS} jobs were carried out`)
      return { created: made - began, done: performance.now() - made }
    },
    async close() {
      await Promise.all([webQueue.stop(), workerQueue.stop()])
      await Promise.all([web.close(), worker.close()])
    },
  }
}

async function openBare(url: string) {
  const boss = new PgBoss({ connectionString: url, max: 8, schedule: false, supervise: false })
  boss.on('error', (error) => console.error(error.message))
  await boss.start()
  await boss.createQueue(BARE, { retryLimit: 0 })
  return {
    async turn(batchSize: number): Promise<Turn> {
      const began = performance.now()
      await inParallel(CREATORS, JOBS, (n) => boss.send(BARE, { n }))
      const made = performance.now()
      const lane = async () => {
        for (;;) {
          const messages = await boss.fetch(BARE, { batchSize })
          if (messages.length === 0) return
          await boss.complete(
            BARE,
            messages.map(({ id }) => id),
          )
        }
      }
      await Promise.all(Array.from({ length: SLOTS }, lane))
      return { created: made - began, done: performance.now() - made }
    },
    close: () => boss.stop({ graceful: false }),
  }
}

const VERBS = ['createJob', 'claim', 'finish'] as const
type Verb = (typeof VERBS)[number]

/** The verbs in their order, one job after the other; `told` hears of each as it returns. */
async function walk(house: House, count: number, told: (verb: Verb) => void): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await house.create()
    told('createJob')
    const [taken] = await house.claim()
    told('claim')
    await house.end(taken!)
    told('finish')
  }
}

async function eachVerb(house: House): Promise<[Verb, number][]> {
  const took: Record<Verb, number[]> = { createJob: [], claim: [], finish: [] }
  let since = performance.now()
  await walk(house, 200, (verb) => {
    took[verb].push(performance.now() - since)
    since = performance.now()
  })
  return VERBS.map((verb) => [verb, median(took[verb])])
}

/** Counted apart from the timing: the way by the counter takes time itself. */
async function eachCount(url: string): Promise<Record<Verb, { statements: number; roundTrips: number }>> {
  const wire = await countingWire(url)
  const house = await openHouse(wire.url)
  try {
    // The first ones open connections.
    await walk(house, 15, () => {})
    wire.take()
    const seen: Record<Verb, ReturnType<typeof wire.take>[]> = { createJob: [], claim: [], finish: [] }
    await walk(house, 21, (verb) => seen[verb].push(wire.take()))
    const middle = (verb: Verb) => ({
      statements: median(seen[verb].map(({ statements }) => statements)),
      roundTrips: median(seen[verb].map(({ roundTrips }) => roundTrips)),
    })
    return { createJob: middle('createJob'), claim: middle('claim'), finish: middle('finish') }
  } finally {
    await house.close()
    wire.close()
  }
}

function reportOf({ attemptId, epoch, jobId, number }: Assignment): AttemptReport {
  const figures = {
    ...{ bytes: 0, totalBytes: 0, files: 0, totalFiles: 0, speed: 0, etaSeconds: null },
    ...{ unchangedFiles: 0, failedFiles: 0, skippedFiles: 0 },
  }
  return { attemptId, epoch, jobId, number, figures, inFlight: [], files: [], log: [] }
}
