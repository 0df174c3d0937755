import postgres from 'postgres'
import { ConflictError } from '#lib/errors.ts'

const UNIQUE_VIOLATION = '23505'

/** Turns a unique index's refusal into words; the index decides, so that no two writers both pass a check. */
export async function refuseTaken<T>(message: string, write: PromiseLike<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error
    if (cause instanceof postgres.PostgresError && cause.code === UNIQUE_VIOLATION) {
      throw new ConflictError(message)
    }
    throw error
  }
}
