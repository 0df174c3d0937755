import { afterAll, expect, test } from 'vitest'
import { openArena } from '#tests/support/chaos/arena.ts'
import { chanceOf } from '#tests/support/chaos/random.ts'
import { chaosRun } from '#tests/support/chaos/run.ts'
import { tellResult } from '#tests/support/result.ts'

const seed = Number(process.env.FILE_ORBIT_SEED ?? Math.trunc(Date.now() / 1000))
const runs = Number(process.env.FILE_ORBIT_RUNS ?? 200)

const arena = await openArena(afterAll)

test(`${runs} runs of random kills lose nothing (FILE_ORBIT_SEED=${seed} repeats them)`, async () => {
  const faults: Record<string, number> = {}
  const total = { runs, seed, jobs: 0, files: 0, attempts: 0, untold: 0 }
  const findings: string[] = []
  for (let run = 0; run < runs; run += 1) {
    const told = await chaosRun(arena, chanceOf(seed + run), `run-${seed + run}`)
    for (const fault of told.faults) faults[fault] = (faults[fault] ?? 0) + 1
    for (const key of ['jobs', 'files', 'attempts', 'untold'] as const) total[key] += told[key]
    findings.push(...told.findings)
    console.log(
      `run ${run + 1} of ${runs} (seed ${seed + run}): ${told.faults.join(', ')}; ${told.jobs} jobs, ` +
        `${told.attempts} attempts, ${told.findings.length} findings`,
    )
    for (const finding of told.findings) console.log(`  ${finding}`)
  }
  tellResult('random kills', { ...total, faults, findings: findings.length })
  expect(findings).toEqual([])
})
