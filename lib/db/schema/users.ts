import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant } from './columns.ts'

export const roles = ['owner', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]

export const users = pgTable(
  'users',
  {
    id: id(),
    email: text('email').notNull(),
    name: text('name').notNull().default(''),
    role: text('role').$type<Role>().notNull(),
    /** argon2id, in PHC form. */
    passwordHash: text('password_hash'),
    createdAt: instant('created_at').notNull().defaultNow(),
    disabledAt: instant('disabled_at'),
  },
  (table) => [
    uniqueIndex('users_email').on(sql`lower(${table.email})`),
    check('users_role', sql`${table.role} in ('owner', 'operator', 'viewer')`),
  ],
)

/** One row behind every cookie: ending it ends the sign-in at once, wherever the cookie is. */
export const loginSessions = pgTable(
  'login_sessions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    /** How it was signed in to: `password` or the provider of an identity. */
    via: text('via').notNull().default('password'),
    /** What a person knows it again by. */
    address: text('address'),
    userAgent: text('user_agent'),
    /** Written at most once in some minutes: it is read by people. */
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
  },
  (table) => [index('login_sessions_user').on(table.userId)],
)

/** An account elsewhere that signs a user in. */
export const identities = pgTable(
  'identities',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `github`, `google` or `oidc`. */
    provider: text('provider').notNull(),
    /** The provider's own name for the account: never changes, as an e-mail address may. */
    subject: text('subject').notNull(),
    /** The address the provider vouched for when it was linked. */
    email: text('email').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [
    uniqueIndex('identities_provider_subject').on(table.provider, table.subject),
    uniqueIndex('identities_user_provider').on(table.userId, table.provider),
  ],
)

/** A link that lets one person in. Only its hash is kept: the link itself is shown once. */
export const invitations = pgTable(
  'invitations',
  {
    id: id(),
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    acceptedAt: instant('accepted_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [
    index('invitations_email').on(sql`lower(${table.email})`),
    check('invitations_role', sql`${table.role} in ('owner', 'operator', 'viewer')`),
  ],
)

/** The one-time link of the first owner. Only its hash is kept; a new link replaces the old one. */
export const setupLinks = pgTable('setup_links', {
  id: id(),
  tokenHash: text('token_hash').notNull().unique(),
  createdAt: instant('created_at').notNull().defaultNow(),
  usedAt: instant('used_at'),
})

export const apiKeys = pgTable(
  'api_keys',
  {
    id: id(),
    name: text('name').notNull(),
    role: text('role').$type<Role>().notNull(),
    /** SHA-256 of the key: it has 256 bits of its own, so a slow hash would protect nothing. */
    keyHash: text('key_hash').notNull().unique(),
    /** The first characters, to tell keys apart. */
    prefix: text('prefix').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [check('api_keys_role', sql`${table.role} in ('owner', 'operator', 'viewer')`)],
)
