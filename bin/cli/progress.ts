import { MultiBar } from 'cli-progress'
import { causes } from '#lib/jobs/causes.ts'
import type { Job, Progress } from '#lib/jobs/schema.ts'
import { colour, countOf, duration, size, stateColour, visible } from './output.ts'

export type ProgressView = {
  saw(job: Job, inFlight: Progress['inFlight']): void
  /** A sentence that a person should know while waiting. */
  note(text: string): void
  stop(): void
}

/** Without a terminal a line now and then shows that it is alive; more would fill a log. */
const LINE_EVERY_MS = 10_000

/** A bar on a terminal, lines elsewhere; both on standard error. */
export function progressView(): ProgressView {
  return process.stderr.isTTY ? bars() : lines()
}

/** Nothing at all, for scripts that want the end only. */
export function noProgress(): ProgressView {
  return { saw() {}, note() {}, stop() {} }
}

function lines(): ProgressView {
  let state = ''
  let toldAt = 0
  return {
    saw(job) {
      const now = performance.now()
      if (job.state === state && (job.state !== 'running' || now - toldAt < LINE_EVERY_MS)) return
      const figures = job.state === 'running' && job.totalBytes > 0 ? `  ${figuresOf(job).join(', ')}` : ''
      console.error(`job ${job.id}: ${job.state}${figures}`)
      state = job.state
      toldAt = now
    },
    note: (text) => console.error(text),
    stop() {},
  }
}

function bars(): ProgressView {
  const view = new MultiBar({
    stream: process.stderr,
    format: (_options, _params, payload: { text: string }) => payload.text,
    hideCursor: true,
    clearOnComplete: false,
    // Ctrl-C is answered by whoever follows, who stops this view first.
    gracefulExit: false,
  })
  const whole = view.create(1, 0, { text: '' })
  const below = view.create(1, 0, { text: '' })
  let said = ''
  return {
    saw(job, inFlight) {
      const columns = process.stderr.columns || 80
      whole.update({ text: barLine(job, columns - 1) })
      if (job.state !== 'queued') said = ''
      const why = job.state === 'retrying' && job.error ? indented(causes[job.error.cause].title) : ''
      below.update({ text: said || why || fileLine(inFlight, columns - 1) })
    },
    note(text) {
      said = indented(text)
      below.update({ text: said })
    },
    stop() {
      view.remove(below)
      view.stop()
    },
  }
}

function figuresOf(job: Job): string[] {
  return [
    `${size(job.bytes)} of ${size(job.totalBytes)}`,
    ...(job.etaSeconds === null ? [] : [`${duration(job.etaSeconds)} left`]),
    ...(job.speed > 0 ? [`${size(job.speed)}/s`] : []),
    `${job.files} of ${countOf(job.totalFiles, 'file')}`,
  ]
}

const STATE_WIDTH = 10
const BAR_WIDTH = { least: 8, most: 32 }

/** The job in one line of at most `width` letters: what fits least well is left out first, from the right. */
export function barLine(job: Job, width: number): string {
  const isDone = job.state === 'completed'
  const share = isDone ? 1 : job.totalBytes > 0 ? Math.min(job.bytes / job.totalBytes, 1) : 0
  // 100 % only when it is over: a last file may still be checked.
  const percent = `${isDone ? 100 : Math.min(99, Math.floor(share * 100))} %`.padStart(5)
  const facts = job.totalBytes > 0 || isDone ? figuresOf(job) : []
  const room = () => width - STATE_WIDTH - percent.length - 2 - facts.join(' · ').length - 2
  while (facts.length > 0 && room() < BAR_WIDTH.least) facts.pop()
  const cells = Math.max(0, Math.min(BAR_WIDTH.most, room()))
  const full = Math.round(share * cells)
  const tone = stateColour(job.state)
  const paint = (text: string) => (tone ? colour(tone, text, process.stderr) : text)
  const bar = paint('█'.repeat(full)) + colour('dim', '░'.repeat(cells - full), process.stderr)
  return `${paint(job.state.padEnd(STATE_WIDTH))}${bar} ${percent}  ${facts.join(' · ')}`.trimEnd()
}

function indented(text: string): string {
  return `${' '.repeat(STATE_WIDTH)}${text}`
}

/** What moves right now: the file that began first, and how many others. */
function fileLine(inFlight: Progress['inFlight'], width: number): string {
  const [first] = inFlight
  if (!first) return ''
  const percent = first.size > 0 ? `  ${Math.floor((first.bytes / first.size) * 100)} %` : ''
  const others = inFlight.length > 1 ? `  and ${inFlight.length - 1} more` : ''
  const room = width - STATE_WIDTH - percent.length - others.length
  return colour('dim', indented(`${endOf(visible(first.path), room)}${percent}${others}`), process.stderr)
}

/** The end of a path is what tells files apart. */
function endOf(text: string, room: number): string {
  return text.length <= room ? text : `…${text.slice(text.length - Math.max(room - 1, 0))}`
}
