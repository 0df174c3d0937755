import Link from 'next/link'
import { visiblePath } from '#app/_components/path-parts.ts'
import type { EndpointHealth } from '#lib/endpoints/health-schema.ts'

const link = 'underline decoration-border underline-offset-2 hover:decoration-foreground'

/** Endpoints that lie over one, templates and jobs, each with its link. */
export function UsedBy({ endpoints, templates, jobs }: EndpointHealth['usedBy']) {
  return (
    <ul className="mt-1 grid gap-1">
      {endpoints.map(({ id, name }) => (
        <li key={id}>
          The endpoint{' '}
          <Link href={`/endpoints/${id}`} className={link}>
            {name}
          </Link>{' '}
          lies over it.
        </li>
      ))}
      {templates.map(({ id, name }) => (
        <li key={id}>
          The template{' '}
          <Link href={`/templates/${id}`} className={link}>
            {name}
          </Link>{' '}
          uses it.
        </li>
      ))}
      {jobs.map(({ id, state, operation, source, destination }) => (
        <li key={id} className="min-w-0 break-words">
          <Link href={`/jobs/${id}`} className={link}>
            {operation} {visiblePath(source)} to {visiblePath(destination)}
          </Link>
          , {state}
        </li>
      ))}
    </ul>
  )
}
