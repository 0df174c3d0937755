import { ArrowLeftRight } from 'lucide-react'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { Role } from '#lib/db/schema/users.ts'

/** The first day. */
export function FirstSteps({ endpoints, role }: { endpoints: number; role: Role }) {
  if (role === 'viewer') {
    return (
      <EmptyState icon={ArrowLeftRight} title="Nothing has been moved yet">
        Transfers appear here as soon as an operator starts one.
      </EmptyState>
    )
  }
  const ready = endpoints > 0
  return (
    <EmptyState
      icon={ArrowLeftRight}
      title="Nothing has been moved yet"
      steps={[
        {
          title: 'Add an endpoint',
          text: 'A place files live. Two make a transfer: one to take from, one to bring to.',
          done: ready,
          action: (
            <Button asChild variant={ready ? 'outline' : 'default'} size="lg">
              <Link href="/endpoints/new">Add an endpoint</Link>
            </Button>
          ),
        },
        {
          title: 'Copy something',
          text: 'A folder or a file. You see bytes, files and speed as they move, and every file after.',
          action: (
            <Button asChild variant={ready ? 'default' : 'outline'} size="lg">
              <Link href={ready ? '/jobs/new' : '/endpoints/new'}>
                {ready ? 'New transfer' : 'Needs an endpoint first'}
              </Link>
            </Button>
          ),
        },
        {
          title: 'Make it happen by itself',
          text: 'A template repeats it by schedule, or when a file lands. Every firing and event is accounted for.',
          action: ready && (
            <Button asChild size="lg">
              <Link href="/templates/new">Make a template</Link>
            </Button>
          ),
        },
      ]}
    >
      Two steps lead to the first copy, a third to all that come after.
    </EmptyState>
  )
}
