import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Notice } from '#app/_components/notice.tsx'
import { currentUser } from '#app/_server/auth.ts'
import { localPath } from '#app/_server/local-path.ts'
import { services } from '#app/_server/services.ts'
import { web } from '#app/_server/web.ts'
import { anyUser } from '#lib/users/first-owner.ts'
import { ServiceButtons } from './service-buttons.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { whyNot } from './why-not.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string>>
}) {
  const query = await searchParams
  const to = localPath(query.to)
  if (await currentUser()) redirect(to)
  // A database that cannot say is no reason to hide the form.
  const isSetUp = await anyUser(web().database.db).catch(() => true)
  const why = await whyNot(query, isSetUp)
  return (
    <>
      <h1 className="mb-4 text-xl font-semibold">Sign in</h1>
      {why && (
        <Notice tone={isSetUp ? 'fail' : 'warn'} title={why.title} live className="mb-4">
          {why.body}
        </Notice>
      )}
      {isSetUp && <SignInForm to={to} />}
      {isSetUp && <ServiceButtons services={services} to={to} />}
    </>
  )
}
