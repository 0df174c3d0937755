import { CircleCheck, CircleSlash, CircleX, Clock, type LucideIcon, Skull } from 'lucide-react'
import { cn } from '#app/_components/cn.ts'
import { type Tone, toneText } from '#app/_components/state-badge.tsx'
import { type EventState, eventSentences } from '#lib/events/states.ts'

const looks: Record<EventState, { word: string; tone: Tone; icon: LucideIcon }> = {
  ignored: { word: 'Ignored', tone: 'idle', icon: CircleSlash },
  pending: { word: 'Pending', tone: 'run', icon: Clock },
  transferred: { word: 'Transferred', tone: 'ok', icon: CircleCheck },
  failed: { word: 'Failed', tone: 'fail', icon: CircleX },
  dead: { word: 'Dead', tone: 'fail', icon: Skull },
}

export function eventWord(state: EventState): string {
  return looks[state].word
}

/** Icon, word and colour of an event's fate; what it means on hover. */
export function EventFate({ state, className }: { state: EventState; className?: string }) {
  const { word, tone, icon: Icon } = looks[state]
  return (
    <span
      data-state={state}
      title={eventSentences[state]}
      className={cn(
        'inline-flex items-center gap-1.5 text-sm font-semibold whitespace-nowrap',
        toneText[tone],
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" strokeWidth={2.25} />
      {word}
    </span>
  )
}
