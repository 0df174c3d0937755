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
  },
  (table) => [index('login_sessions_user').on(table.userId)],
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
