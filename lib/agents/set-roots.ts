import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, requireRole } from '#lib/context.ts'
import { agents } from '#lib/db/schema/agents.ts'
import { parseInput } from '#lib/parse.ts'
import { builtinAgent } from './queries.ts'

const rootsSchema = z.strictObject({
  roots: z
    .array(
      z
        .string()
        .trim()
        .startsWith('/', { error: 'An absolute folder, such as /srv/media.' })
        .max(4096)
        .refine((path) => !path.includes('\0') && !path.split('/').includes('..'), {
          error: 'Write the folder without "..".',
        })
        .transform((path) => path.replace(/\/+$/, '') || '/'),
    )
    .min(1, { error: 'At least one folder.' })
    .max(100),
})

/** Says which folders of this machine local endpoints may lie in. Owners only: it widens what others can reach. */
export async function setRoots({ ctx, input }: { ctx: Context; input: unknown }): Promise<string[]> {
  requireRole(ctx.actor, 'owner')
  const { roots } = parseInput(rootsSchema, input)
  return ctx.db.transaction(async (tx) => {
    const agent = await builtinAgent(tx)
    await tx.update(agents).set({ roots }).where(eq(agents.id, agent.id))
    await recordAudit(tx, ctx.actor, { action: 'agent.set_roots', subjectId: agent.id, detail: { roots } })
    return roots
  })
}
