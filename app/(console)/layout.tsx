import type { ReactNode } from 'react'
import { toHealth } from '#app/_components/frame/health.ts'
import { Shell } from '#app/_components/frame/shell.tsx'
import { pageContext } from '#app/_server/action.ts'
import { leave } from '#app/(auth)/sign-in/actions.ts'
import { readHealth } from '#lib/agents/health.ts'
import { countEndpoints } from '#lib/endpoints/queries.ts'
import { countTemplates } from '#lib/templates/queries.ts'

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const ctx = await pageContext()
  if (ctx.actor.type !== 'user') throw new Error('Only people have pages')
  const [health, endpoints, templates] = await Promise.all([
    readHealth(ctx.db),
    countEndpoints({ ctx }),
    countTemplates({ ctx }),
  ])
  return (
    <Shell
      value={{
        person: { email: ctx.actor.label, role: ctx.actor.role },
        health: toHealth(health),
        counts: { endpoints, templates },
        signOut: leave,
      }}
    >
      {children}
    </Shell>
  )
}
