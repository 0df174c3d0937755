import { bigint, timestamp, uuid } from 'drizzle-orm/pg-core'
import { v7 } from 'uuid'

/** A UUIDv7, made here so that a verb knows the id before it writes. */
export const id = () => uuid('id').primaryKey().$defaultFn(v7)

/** An instant; read as a Date, always UTC outside. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** A number of bytes or files: 64 bits in the database, a JSON number below 2^53 outside. */
export const amount = (name: string) => bigint(name, { mode: 'number' })
