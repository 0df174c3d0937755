'use client'

import { ErrorState } from '#app/_components/error-state.tsx'
import { TryAgain } from '#app/_components/try-again.tsx'

export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <main id="content" className="px-4 py-10 md:px-5.5">
      <ErrorState title="This page could not be made" action={<TryAgain reset={reset} />}>
        The database may be away for a moment; running transfers go on without this page. If it stays, the log
        of the web process has the details{error.digest ? ` under ${error.digest}` : ''}.
      </ErrorState>
    </main>
  )
}
