import Link from 'next/link'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { Operation } from '#lib/api/operations.ts'
import { Method } from './method.tsx'
import { Prose } from './prose.tsx'

/** Every operation, by noun. */
export function OperationList({ operations }: { operations: Operation[] }) {
  const nouns = [...new Set(operations.flatMap(({ tags }) => tags))]
  return nouns.map((noun) => (
    <section key={noun} className="mt-5.5">
      <h2 className="mb-2 font-semibold text-muted-foreground">{noun}</h2>
      <Card className="p-0">
        <ul className="divide-y divide-hairline">
          {operations
            .filter(({ tags }) => tags.includes(noun))
            .map((operation) => (
              <li
                key={operation.operationId}
                className="relative flex min-h-10 flex-wrap items-center gap-x-3 gap-y-0.5 px-3.5 py-2 hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60"
              >
                <Method method={operation.method} />
                <Link
                  href={`/api-docs/${operation.operationId}`}
                  className="min-w-0 font-mono text-sm break-all outline-none after:absolute after:inset-0 md:w-56"
                >
                  {operation.path}
                </Link>
                <span className="min-w-0 flex-1 text-muted-foreground max-md:order-last max-md:basis-full">
                  <Prose text={operation.summary} />
                </span>
                <Badge>{operation['x-role'] === 'none' ? 'no key' : operation['x-role']}</Badge>
              </li>
            ))}
        </ul>
      </Card>
    </section>
  ))
}
