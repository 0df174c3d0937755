import { ArrowRight } from 'lucide-react'
import { KindIcon } from '#app/_components/kind-icon.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import type { JobView, Side } from '#lib/jobs/queries.ts'

/** Source → destination in one line. */
export function JobSides({ view }: { view: Pick<JobView, 'source' | 'destination'> }) {
  return (
    <>
      <SideName side={view.source} />
      <ArrowRight aria-label="to" className="size-3 shrink-0 text-faint" />
      <SideName side={view.destination} />
    </>
  )
}

function SideName({ side }: { side: Side }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <KindIcon type={side.type} />
      <span className="max-w-40 shrink-0 truncate font-medium">{side.name}</span>
      {side.path !== '' && <PathText path={side.path} />}
    </span>
  )
}
