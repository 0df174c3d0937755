import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { currentUser } from '#app/_server/auth.ts'
import { localPath } from './local-path.ts'
import { SignInForm } from './sign-in-form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string>>
}) {
  const { to } = await searchParams
  if (await currentUser()) redirect(localPath(to))
  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">Sign in</h1>
      <SignInForm to={localPath(to)} />
    </>
  )
}
