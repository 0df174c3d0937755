'use client'

import { ErrorState } from '#app/_components/error-state.tsx'
import { Button } from '#app/_components/ui/button.tsx'

export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <main className="px-4 py-10 md:px-5.5">
      <ErrorState title="This page could not be made" action={<Button onClick={reset}>Try again</Button>}>
        The database may be away for a moment; running transfers go on without this page. If it stays, the log
        of the web process has the details{error.digest ? ` under ${error.digest}` : ''}.
      </ErrorState>
    </main>
  )
}
