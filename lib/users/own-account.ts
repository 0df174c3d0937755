import { eq } from 'drizzle-orm'
import { recordAudit } from '#lib/audit/record.ts'
import type { Context } from '#lib/context.ts'
import type { Role } from '#lib/db/schema/users.ts'
import { users } from '#lib/db/schema/users.ts'
import { NotFoundError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { signedIn } from './own.ts'
import { changeNameSchema } from './people-schema.ts'

export type Account = { email: string; name: string; role: Role; hasPassword: boolean }

/** The person's own account. */
export async function readAccount({ ctx }: { ctx: Context }): Promise<Account> {
  const { id } = signedIn(ctx)
  const [user] = await ctx.db.select().from(users).where(eq(users.id, id))
  if (!user) throw new NotFoundError('This account is gone.')
  const { email, name, role, passwordHash } = user
  return { email, name, role, hasPassword: passwordHash !== null }
}

/** What others see beside the address. */
export async function changeOwnName({ ctx, input }: { ctx: Context; input: unknown }): Promise<void> {
  const { id } = signedIn(ctx)
  const { name } = parseInput(changeNameSchema, input)
  await ctx.db.transaction(async (tx) => {
    await tx.update(users).set({ name }).where(eq(users.id, id))
    await recordAudit(tx, ctx.actor, { action: 'user.change_name', subjectId: id, detail: { name } })
  })
}
