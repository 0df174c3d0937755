'use client'

import { Download } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useStream } from '#app/_components/live/use-stream.ts'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { LogLines } from '#lib/jobs/log-lines.ts'
import { isTerminal, type JobState } from '#lib/jobs/states.ts'
import { logLines } from '../actions.ts'
import { LogLine } from './log-line.tsx'

/** A page with more of them is slow to scroll. The ones farthest from where lines are added are let go. */
const LINES_KEPT = 5_000
/** Who has scrolled up farther than this reads: the page does not run away. */
const AT_THE_END_PX = 160

const levels = [
  { value: 'debug', label: 'All lines' },
  { value: 'info', label: 'Info and graver' },
  { value: 'notice', label: 'Notices and graver' },
  { value: 'warning', label: 'Warnings and errors' },
  { value: 'error', label: 'Errors' },
]

export type LogViewProps = {
  id: string
  state: JobState
  initial: LogLines
  /** The line that the address names. */
  line: string | null
  level: string
}

export function LogView({ id, state: given, initial, line, level }: LogViewProps) {
  const router = useRouter()
  const { jobs } = useStream()
  const job = jobs?.get(id)
  const ended = isTerminal(job?.state ?? given)
  const [log, setLog] = useState(initial)
  const [follow, setFollow] = useState(line === null && !isTerminal(given))
  const [failed, setFailed] = useState(false)
  const reading = useRef(false)
  const now = useRef(log)
  now.current = log

  const read = useCallback(
    async (which: 'after' | 'before') => {
      if (reading.current) return
      reading.current = true
      const { first, last } = now.current
      const at = which === 'after' ? { after: last ?? 0 } : { before: first ?? 1 }
      const done = await logLines(id, { ...at, level }).catch(() => null)
      reading.current = false
      setFailed(!done?.ok)
      if (done?.ok) setLog((before) => joined(before, done.value, which))
    },
    [id, level],
  )

  // A change of the job's figures is the sign that its worker has reported, and with them come the lines.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `job` is that sign
  useEffect(() => {
    if (follow) void read('after')
  }, [follow, job, read])

  const lastId = log.lines.at(-1)?.id
  const atEnd = useRef(true)
  useEffect(() => {
    const look = () => {
      atEnd.current =
        document.documentElement.scrollHeight - window.innerHeight - window.scrollY < AT_THE_END_PX
    }
    window.addEventListener('scroll', look, { passive: true })
    return () => window.removeEventListener('scroll', look)
  }, [])
  useEffect(() => {
    if (follow && lastId && atEnd.current) window.scrollTo({ top: document.documentElement.scrollHeight })
  }, [follow, lastId])
  useEffect(() => {
    if (line) document.getElementById(`L${line}`)?.scrollIntoView({ block: 'center' })
  }, [line])

  return (
    <>
      <div className="mb-2.5 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Select
          aria-label="Level"
          className="w-48"
          value={level}
          onChange={(event) =>
            router.replace(`/jobs/${id}?tab=log&level=${event.target.value}`, { scroll: false })
          }
        >
          {levels.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
        {!ended && (
          <label className="flex items-center gap-2 pointer-coarse:min-h-11">
            <input
              type="checkbox"
              checked={follow}
              onChange={(event) => setFollow(event.target.checked)}
              className="size-3.5 accent-primary"
            />
            Follow
          </label>
        )}
        <p className="text-sm text-faint">Times are UTC.</p>
        <Button asChild className="ml-auto">
          <a href={`/jobs/${id}/log.txt`} download>
            <Download aria-hidden />
            Download
          </a>
        </Button>
      </div>
      {failed && (
        <Notice className="mb-2.5" tone="warn" title="The log could not be read on" live>
          What stands below is as it was.
        </Notice>
      )}
      {log.moreBefore && (
        <div className="mb-2">
          <Button onClick={() => void read('before')}>Earlier lines</Button>
        </div>
      )}
      <Card className="overflow-hidden p-0">
        <div role="log" aria-label="Log of the job" aria-live="off" className="py-1.5 font-mono text-sm">
          {log.lines.map((one) => (
            <LogLine
              key={one.id}
              line={one}
              href={`/jobs/${id}?tab=log&line=${one.id}${level === 'debug' ? '' : `&level=${level}`}`}
              marked={one.id === line}
            />
          ))}
          {log.lines.length === 0 && (
            <p className="px-3.5 py-4 font-sans text-muted-foreground">
              {level === 'debug' ? 'No line yet.' : 'No line of this level here.'}
            </p>
          )}
        </div>
      </Card>
      {(log.moreAfter || (!ended && !follow)) && (
        <div className="mt-2">
          <Button onClick={() => void read('after')}>Later lines</Button>
        </div>
      )}
    </>
  )
}

function joined(before: LogLines, more: LogLines, which: 'after' | 'before'): LogLines {
  if (more.last === null)
    return which === 'after' ? { ...before, moreAfter: false } : { ...before, moreBefore: false }
  const [early, late] = which === 'after' ? [before, more] : [more, before]
  const known = new Set(early.lines.map(({ id }) => id))
  const lines = [...early.lines, ...late.lines.filter(({ id }) => !known.has(id))]
  const cut = lines.length > LINES_KEPT
  const kept = !cut ? lines : which === 'after' ? lines.slice(-LINES_KEPT) : lines.slice(0, LINES_KEPT)
  const batchOf = (id: string | undefined) => Number(id?.split('.')[0])
  return {
    lines: kept,
    // A batch that was cut in two is read again from its beginning.
    first: cut && which === 'after' ? batchOf(kept[0]?.id) + 1 : early.first,
    last: cut && which === 'before' ? batchOf(kept.at(-1)?.id) - 1 : late.last,
    moreBefore: (cut && which === 'after') || early.moreBefore,
    moreAfter: (cut && which === 'before') || late.moreAfter,
  }
}
