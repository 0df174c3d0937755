import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import type { Context } from '#lib/context.ts'
import { databaseTrouble } from '#lib/db/trouble.ts'
import { DomainError, type FieldIssue } from '#lib/errors.ts'
import { currentUser } from './auth.ts'
import { localPath } from './local-path.ts'
import { contextFor } from './web.ts'

/** What a server action tells its form: done, or why not and at which field. */
export type ActionResult<T> = { ok: true; value: T } | { ok: false; message: string; issues: FieldIssue[] }

/** Runs one verb for the signed-in person. A refusal, or a database that is away, becomes a value that the form shows; a bug is thrown on. */
export async function act<T>(verb: (ctx: Context) => Promise<T>): Promise<ActionResult<T>> {
  const ctx = await pageContext()
  return refusalAsValue(() => verb(ctx))
}

export async function refusalAsValue<T>(run: () => Promise<T>): Promise<ActionResult<T>> {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    if (error instanceof DomainError) return { ok: false, message: error.message, issues: error.issues }
    const trouble = databaseTrouble(error)
    if (trouble !== null) return { ok: false, message: trouble, issues: [] }
    throw error
  }
}

/** For pages: an address that names nothing (an id, a filter, a cursor that is none) is a page that is not there. */
export async function orNotFound<T>(found: Promise<T>): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (error instanceof DomainError && (error.kind === 'invalid' || error.kind === 'not_found')) notFound()
    throw error
  }
}

/** The context of the signed-in person for a page; sends everybody else to sign in. */
export async function pageContext(): Promise<Context> {
  const user = await currentUser()
  if (!user) redirect(await signInAddress())
  return contextFor(user)
}

/** The sign-in page, which leads back to the page that was asked for. */
async function signInAddress(): Promise<string> {
  const asked = URL.parse((await headers()).get('x-asked') ?? '', 'http://here.invalid')
  asked?.searchParams.delete('_rsc')
  const to = asked ? localPath(`${asked.pathname}${asked.search}`) : localPath(null)
  return to === localPath(null) ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`
}
