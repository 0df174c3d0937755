import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  Unplug,
} from 'lucide-react'
import type { AttemptState, JobState, TransferState, Wait } from '#lib/jobs/states.ts'
import { cn } from './cn.ts'

type AnyState = JobState | TransferState | AttemptState
export type Tone = 'ok' | 'run' | 'fail' | 'warn' | 'idle'

/** Colour is used for states only, and never alone: an icon and a word stand beside it. */
export const toneText: Record<Tone, string> = {
  ok: 'text-ok',
  run: 'text-run',
  fail: 'text-fail',
  warn: 'text-warn',
  idle: 'text-idle',
}

type Look = { word: string; tone: Tone; icon: LucideIcon; className?: string; iconClassName?: string }

const looks: Record<AnyState, Look> = {
  pending: { word: 'Pending', tone: 'idle', icon: CircleDashed },
  queued: { word: 'Queued', tone: 'idle', icon: Clock },
  running: { word: 'Running', tone: 'run', icon: LoaderCircle, iconClassName: 'animate-spin-slow' },
  retrying: { word: 'Retrying', tone: 'warn', icon: RotateCw },
  paused: { word: 'Paused', tone: 'idle', icon: CirclePause },
  completed: { word: 'Completed', tone: 'ok', icon: CircleCheck },
  failed: { word: 'Failed', tone: 'fail', icon: CircleX },
  cancelled: { word: 'Cancelled', tone: 'idle', icon: Ban, className: 'line-through' },
  interrupted: { word: 'Interrupted', tone: 'warn', icon: Unplug },
}

const waitWords: Record<Wait, string> = {
  parent: 'Waits for another job',
  approval: 'Waits for approval',
  endpoint: 'Waits for an endpoint',
  limit: 'Waits for its turn',
  space: 'Waits for space',
}

/** The tone of a state, for what else is coloured by it (a bar, a title). */
export function toneOf(state: AnyState): Tone {
  return looks[state].tone
}

export type StateBadgeProps = {
  state: AnyState
  /** Of a pending job: said in place of "Pending". */
  waitingFor?: Wait | null
  /** Stands in for the word where the place is narrow and the state is plain ("73 %"). */
  label?: string
  className?: string
}

/** Icon, word and colour of a job's, an attempt's or a file's state. */
export function StateBadge({ state, waitingFor, label, className }: StateBadgeProps) {
  const look = looks[state]
  const needsPerson = state === 'pending' && waitingFor === 'approval'
  const waiting = state === 'pending' && waitingFor ? waitWords[waitingFor] : null
  const Icon = look.icon
  return (
    <span
      data-state={state}
      className={cn(
        'inline-flex items-center gap-1.5 align-middle whitespace-nowrap text-sm font-semibold',
        toneText[needsPerson ? 'warn' : look.tone],
        className,
      )}
    >
      <Icon aria-hidden className={cn('size-3.5 shrink-0', look.iconClassName)} strokeWidth={2.25} />
      <span className={look.className}>{label ?? waiting ?? look.word}</span>
    </span>
  )
}
