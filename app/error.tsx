'use client'

import { ErrorState } from '#app/_components/error-state.tsx'
import { TryAgain } from '#app/_components/try-again.tsx'

/** For what the frame of the pages itself needs: who is signed in, above all. */
export default function RootError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="px-4 py-10 md:px-5.5">
      <ErrorState title="File Orbit cannot answer now" action={<TryAgain reset={reset} />}>
        Its database may be away for a moment. You stay signed in, and running transfers go on. If this stays,
        the log of the web process has the details.
      </ErrorState>
    </main>
  )
}
