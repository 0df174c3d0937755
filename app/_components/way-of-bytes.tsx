import { ChevronDown, ChevronRight } from 'lucide-react'
import Link from 'next/link'
import type { Operation } from '#lib/jobs/states.ts'
import { cn } from './cn.ts'
import { KindIcon, kindName } from './kind-icon.tsx'
import { PathText } from './path-text.tsx'

export type WaySide = {
  /** The endpoint's name; null when it was deleted. */
  name: string | null
  /** rclone's name of its type. */
  type: string
  /** Below the endpoint's root; "" is the root. */
  path: string
  href?: string
}

export type WayOfBytesProps = {
  source: WaySide
  destination: WaySide
  operation: Operation
  /** Through whose hands the bytes go; null while no agent has taken the job. */
  agent: string | null
  /** Bytes are moving now. */
  moving?: boolean
  className?: string
}

const verbs: Record<Operation, string> = { copy: 'copied', move: 'moved', sync: 'synced' }

function Side({ side, label }: { side: WaySide; label: string }) {
  const name = side.name ?? 'Deleted endpoint'
  return (
    <div className="min-w-0 rounded-lg border bg-card px-3 py-2 shadow-lift md:max-w-[42%]">
      <div className="flex min-w-0 items-center gap-2">
        <span className="sr-only">{label}: </span>
        <KindIcon type={side.type} className="size-4" />
        {side.href ? (
          <Link href={side.href} className="min-w-0 truncate font-semibold hover:underline">
            {name}
          </Link>
        ) : (
          <span className={cn('min-w-0 truncate font-semibold', side.name === null && 'text-faint')}>
            {name}
          </span>
        )}
        <span className="shrink-0 text-sm text-faint">{kindName(side.type)}</span>
      </div>
      <div className="mt-0.5 flex min-w-0 pl-6">
        <PathText path={side.path} />
      </div>
    </div>
  )
}

const still = 'bg-input'
const flowX = 'bg-[repeating-linear-gradient(90deg,var(--run)_0_6px,transparent_6px_12px)] animate-flow-x'
const flowY = 'bg-[repeating-linear-gradient(180deg,var(--run)_0_6px,transparent_6px_12px)] animate-flow-y'

/** Source → destination as the way the bytes go, with the agent on the edge; from the top down on a phone. */
export function WayOfBytes({
  source,
  destination,
  operation,
  agent,
  moving = false,
  className,
}: WayOfBytesProps) {
  const through = agent === null ? operation : `${verbs[operation]} by ${agent}`
  const head = cn('size-4 shrink-0', moving ? 'text-run' : 'text-input')
  return (
    <div className={cn('flex min-w-0 flex-col md:flex-row md:items-center', className)}>
      <Side side={source} label="From" />
      <div className="relative flex min-h-9 min-w-24 flex-1 items-center pl-[19px] md:min-h-0 md:pl-0">
        <div aria-hidden className="absolute inset-y-0 left-[19px] flex flex-col items-center md:hidden">
          <div className={cn('w-0.5 flex-1', moving ? flowY : still)} />
          <ChevronDown className={cn(head, '-mt-2.5 -mb-1.5')} />
        </div>
        <div aria-hidden className="hidden flex-1 items-center md:flex">
          <div className={cn('h-0.5 flex-1', moving ? flowX : still)} />
          <ChevronRight className={cn(head, '-mr-1.5 -ml-2.5')} />
        </div>
        <span
          className={cn(
            'pl-6 text-sm text-muted-foreground',
            'md:absolute md:inset-x-2 md:bottom-full md:mb-1 md:truncate md:px-1 md:text-center',
          )}
        >
          {through}
        </span>
      </div>
      <Side side={destination} label="To" />
    </div>
  )
}
