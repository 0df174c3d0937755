import { Inbox } from 'lucide-react'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import type { Role } from '#lib/db/schema/users.ts'
import { LedgerRefresh } from './ledger-refresh.tsx'

/** Before anything has happened. */
export function FirstEvents({ role }: { role: Role }) {
  return (
    <div className="mt-4">
      <LedgerRefresh />
      <EmptyState
        icon={Inbox}
        title="Nothing has happened yet"
        action={
          role !== 'viewer' && (
            <Button asChild variant="default">
              <Link href="/templates/new">Make a template</Link>
            </Button>
          )
        }
      >
        Each file that lands in a watched folder, and each object that lands in a bucket with a queue, is
        written down here before anyone acts on it, with what became of it.
      </EmptyState>
    </div>
  )
}
