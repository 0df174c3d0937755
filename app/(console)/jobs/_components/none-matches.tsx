import { ArrowLeftRight } from 'lucide-react'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Button } from '#app/_components/ui/button.tsx'

export function NoneMatches() {
  return (
    <EmptyState
      icon={ArrowLeftRight}
      title="No job matches"
      action={
        <Button asChild>
          <Link href="/jobs">Show all jobs</Link>
        </Button>
      }
    >
      Every job is hidden by what is chosen above.
    </EmptyState>
  )
}
