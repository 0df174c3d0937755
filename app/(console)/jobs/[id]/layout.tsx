import type { ReactNode } from 'react'
import { jobOf } from '../_components/job-of.ts'

/** Above the skeleton, which goes out with a 200 before the page is known: what is not there answers 404. */
export default async function JobLayout({
  children,
  params,
}: {
  children: ReactNode
  params: Promise<{ id: string }>
}) {
  await jobOf((await params).id)
  return children
}
