import Link from 'next/link'
import { ErrorState } from './_components/error-state.tsx'
import { Button } from './_components/ui/button.tsx'

export default function NotFound() {
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <ErrorState
        title="There is nothing here"
        action={
          <Button asChild>
            <Link href="/overview">To the overview</Link>
          </Button>
        }
      >
        The address is wrong, or what it named was deleted.
      </ErrorState>
    </main>
  )
}
