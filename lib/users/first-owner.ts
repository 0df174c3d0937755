import { createHash, randomBytes } from 'node:crypto'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { setRoots } from '#lib/agents/set-roots.ts'
import { recordAudit } from '#lib/audit/record.ts'
import { type Context, systemActor } from '#lib/context.ts'
import { connect, type Db, type Tx } from '#lib/db/client.ts'
import { setupLinks, users } from '#lib/db/schema/users.ts'
import { ConflictError, ForbiddenError } from '#lib/errors.ts'
import { parseInput } from '#lib/parse.ts'
import { hashPassword } from './passwords.ts'
import { emailSchema, firstOwnerSchema, passwordSchema } from './schema.ts'

/** A link lies in a terminal's history: a day is enough for set-up, and the next start prints a new one. */
const LINK_HOURS = 24

/** Any fixed number: two makers of a first owner take turns, and the second finds the first's. */
const FIRST_OWNER_LOCK = 720_401_874

/**
 * Called at every start. With the two admin settings the first owner is made from them; without, and while
 * nobody exists, a new one-time token is returned (and older ones end). Only its hash is stored.
 */
export async function prepareFirstOwner(options: {
  databaseUrl: string
  adminEmail?: string
  adminPassword?: string
}): Promise<{ setupToken: string | null }> {
  const { db, close } = connect(options.databaseUrl, { max: 1, name: 'start' })
  try {
    return await db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${FIRST_OWNER_LOCK})`)
      if (await anyUser(tx)) return { setupToken: null }
      if (options.adminEmail !== undefined && options.adminPassword !== undefined) {
        const email = parseInput(emailSchema, options.adminEmail)
        const password = parseInput(passwordSchema, options.adminPassword)
        await insertOwner(tx, email, await hashPassword(password), 'the settings')
        return { setupToken: null }
      }
      const token = randomBytes(24).toString('base64url')
      await tx.delete(setupLinks)
      await tx.insert(setupLinks).values({ tokenHash: hashOf(token) })
      return { setupToken: token }
    })
  } finally {
    await close()
  }
}

/** Whether a token from the console's link is still good: the page says so before it asks for anything. */
export async function isSetupTokenGood(db: Db, token: string): Promise<boolean> {
  return (await findLink(db, token)) !== undefined && !(await anyUser(db))
}

/**
 * Makes the first owner by the one-time link, and sets the folders of this machine when they were asked for.
 * The token is the authority here, so the context's actor is not looked at.
 */
export async function createFirstOwner({
  ctx,
  input,
}: {
  ctx: Context
  input: unknown
}): Promise<{ id: string; email: string }> {
  const { token, email, password, roots } = parseInput(firstOwnerSchema, input)
  // Before anything is hashed: a stranger without a link must not make this machine work.
  await requireLink(ctx.db, token)
  const passwordHash = await hashPassword(password)
  return ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${FIRST_OWNER_LOCK})`)
    const link = await requireLink(tx, token)
    await tx.update(setupLinks).set({ usedAt: sql`now()` }).where(eq(setupLinks.id, link.id))
    const owner = await insertOwner(tx, email, passwordHash, 'the set-up link')
    if (roots && roots.length > 0) {
      const actor = { type: 'user', id: owner.id, role: 'owner', label: email } as const
      await setRoots({ ctx: { ...ctx, db: tx, actor }, input: { roots } })
    }
    return { id: owner.id, email }
  })
}

async function requireLink(db: Db | Tx, token: string): Promise<{ id: string }> {
  if (await anyUser(db)) throw new ConflictError('The first owner exists already. Sign in instead.')
  const link = await findLink(db, token)
  if (link) return link
  throw new ForbiddenError(
    'This link is used, replaced or older than a day. Restart File Orbit to get a new one.',
  )
}

async function insertOwner(tx: Tx, email: string, passwordHash: string, by: string) {
  const [owner] = await tx.insert(users).values({ email, role: 'owner', passwordHash }).returning()
  await recordAudit(tx, systemActor('set-up'), {
    action: 'user.create_first_owner',
    subjectId: owner!.id,
    detail: { email, by },
  })
  return owner!
}

/** Whether somebody exists: until then only the set-up link lets anyone in. */
export async function anyUser(db: Db | Tx): Promise<boolean> {
  const found = await db.select({ id: users.id }).from(users).limit(1)
  return found.length > 0
}

async function findLink(db: Db | Tx, token: string) {
  const [link] = await db
    .select()
    .from(setupLinks)
    .where(
      and(
        eq(setupLinks.tokenHash, hashOf(token)),
        isNull(setupLinks.usedAt),
        gt(setupLinks.createdAt, sql`now() - make_interval(hours => ${LINK_HOURS})`),
      ),
    )
  return link
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
