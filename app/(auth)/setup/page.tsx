import type { Metadata } from 'next'
import Link from 'next/link'
import { ErrorState } from '#app/_components/error-state.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { web } from '#app/_server/web.ts'
import { builtinAgent } from '#lib/agents/queries.ts'
import { isSetupTokenGood } from '#lib/users/first-owner.ts'
import { SetupForm } from './setup-form.tsx'

export const metadata: Metadata = { title: 'Set up' }

export default async function SetupPage({ searchParams }: { searchParams: Promise<Record<string, string>> }) {
  const { token } = await searchParams
  const { db } = web().database
  if (typeof token !== 'string' || !(await isSetupTokenGood(db, token))) {
    return (
      <ErrorState
        title="This link does not work any more"
        action={
          <Button asChild>
            <Link href="/sign-in">Sign in</Link>
          </Button>
        }
      >
        It is used, replaced or older than a day. Restart File Orbit: while nobody exists, it prints a new
        one.
      </ErrorState>
    )
  }
  const agent = await builtinAgent(db).catch(() => null)
  return (
    <>
      <h1 className="text-xl font-semibold">Set up File Orbit</h1>
      <p className="mt-1 mb-5 text-muted-foreground">You become its first owner. The link works once.</p>
      <SetupForm token={token} rootsGiven={agent?.roots ?? null} />
    </>
  )
}
