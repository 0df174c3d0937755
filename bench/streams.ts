import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { copy, endpoint } from './jobs.ts'
import type { Stage } from './stage.ts'

const WATCHED_MS = 8000

/**
 * Opens `count` streams on a running job and returns how late each event came: its id is the time of the row's
 * last change on the same machine's clock.
 */
export async function watchStreams(stage: Stage, count: number): Promise<{ late: number[]; memory: number }> {
  const folder = join(stage.files, `streams${count}`)
  await mkdir(join(folder, 'from'), { recursive: true })
  await mkdir(join(folder, 'to'))
  spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'from', 'big')}`, 'bs=1M', 'count=200'])
  const from = await endpoint(stage, `streams${count}-from`, join(folder, 'from'))
  const to = await endpoint(stage, `streams${count}-to`, join(folder, 'to'))
  const job = await copy(stage, from, to)
  await stage.api('PATCH', `/jobs/${job.id}`, { bandwidth: '4M' })
  const late: number[] = []
  const closers: (() => void)[] = []
  let measuring = false
  for (let n = 0; n < count; n += 1) {
    closers.push(
      await open(stage, job.id, (event, id) => {
        if (measuring && event === 'progress') late.push(Date.now() - Date.parse(id))
      }),
    )
  }
  measuring = true
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS))
  const memory = webMemory(stage)
  for (const close of closers) close()
  await stage.api('POST', `/jobs/${job.id}/cancel`)
  return { late, memory }
}

function open(stage: Stage, jobId: string, heard: (event: string, id: string) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${stage.origin}/api/v1/stream?jobId=${jobId}`,
      { headers: { authorization: `Bearer ${stage.key}` }, agent: false },
      (answer) => {
        let rest = ''
        answer.setEncoding('utf8').on('data', (text: string) => {
          const events = (rest + text).split('\n\n')
          rest = events.pop() ?? ''
          for (const event of events) {
            heard(/^event: (.*)$/m.exec(event)?.[1] ?? '', /^id: (.*)$/m.exec(event)?.[1] ?? '')
          }
        })
        answer.on('error', () => {})
        resolve(() => call.destroy())
      },
    )
    call.on('error', reject)
    call.end()
  })
}

/** Resident memory of the web process, in MiB; it is the child of the parent that runs Next's server. */
function webMemory(stage: Stage): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8')
      if (!name.startsWith('file-orbit web') || !environment.includes(`PORT=${new URL(stage.origin).port}`))
        continue
      return Math.round(
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
      )
    } catch {
      // It ended while it was looked at.
    }
  }
  return Number.NaN
}
