import { decode, encode } from 'next-auth/jwt'

// Short notes to ourselves that pass through a browser: encrypted, signed and ended by next-auth's own means.

/** `use` keeps a note for one thing from being taken for another. */
export function seal(use: string, note: Record<string, unknown>, maxAge: number): Promise<string> {
  return encode({ token: note, salt: saltOf(use), secret: process.env.AUTH_SECRET!, maxAge })
}

/** Null for what we did not write, or too long ago. */
export async function unseal(use: string, text: unknown): Promise<Record<string, unknown> | null> {
  if (typeof text !== 'string' || text === '') return null
  return decode({ token: text, salt: saltOf(use), secret: process.env.AUTH_SECRET! }).catch(() => null)
}

function saltOf(use: string): string {
  return `file-orbit.${use}`
}
