import { createHash, randomBytes } from 'node:crypto'

/** The secret part of a one-time link; 192 bits of its own, so a fast hash protects it. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
