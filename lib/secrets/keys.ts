import { createHash, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { InvalidError } from '#lib/errors.ts'

/** An X25519 public key, raw; whoever has it can seal. */
export type PublicKey = { id: string; raw: Uint8Array<ArrayBuffer> }
/** Its private half beside it: whoever has it can open. */
export type SecretKey = { public: PublicKey; raw: Uint8Array<ArrayBuffer> }

/** Newest first: what is sealed now is sealed to the first. */
export type KeyRing = readonly [SecretKey, ...SecretKey[]]

const BYTES = 32
/** The head of an X25519 private key in PKCS #8 (RFC 8410), which Node reads; the raw key follows. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')

/**
 * The keys of FILE_ORBIT_SECRET_KEY, or of the file that `source` names: 32 random bytes each in base64, newest first,
 * separated by blanks or commas. Any 32 bytes are a key (RFC 7748). Throws InvalidError that says what is wrong without
 * repeating any of it.
 */
export function parseKeyRing(text: string, source = 'FILE_ORBIT_SECRET_KEY'): KeyRing {
  const keys = keyWords(text).map((word, at) => secretKey(bytesOf(word, `Key ${at + 1} of ${source}`)))
  const [newest, ...older] = keys
  if (!newest) throw new InvalidError(`${source} holds no key. Make one with: openssl rand -base64 32`)
  return [newest, ...older]
}

/** A key that AWS KMS has encrypted; workers/secrets/key-ring.ts opens it. */
export const WRAPPED_KEY = /^aws-kms:[A-Za-z0-9+/]{20,8192}={0,2}$/

/** The keys as they are written, one text each. */
export function keyWords(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

/** The public key in FILE_ORBIT_PUBLIC_KEY, as `publicText` writes it. Throws InvalidError. */
export function parsePublicKey(text: string): PublicKey {
  return publicKey(bytesOf(text.trim(), 'FILE_ORBIT_PUBLIC_KEY'))
}

export function publicText(key: PublicKey): string {
  return Buffer.from(key.raw).toString('base64url')
}

/** A new key as FILE_ORBIT_SECRET_KEY takes it. */
export function newKeyText(): string {
  return randomBytes(BYTES).toString('base64url')
}

function secretKey(raw: Uint8Array<ArrayBuffer>): SecretKey {
  const der = Buffer.concat([PKCS8_HEAD, raw])
  const jwk = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  })
  return { raw, public: publicKey(Uint8Array.from(Buffer.from(jwk.x!, 'base64url'))) }
}

/** A sealed text names its key by this, so that the right one is found among several. */
function publicKey(raw: Uint8Array<ArrayBuffer>): PublicKey {
  return { raw, id: createHash('sha256').update(raw).digest('base64url').slice(0, 11) }
}

function bytesOf(text: string, what: string): Uint8Array<ArrayBuffer> {
  const bytes = /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null
  if (bytes?.length === BYTES) return Uint8Array.from(bytes)
  const found = bytes ? `it holds ${bytes.length} bytes` : 'it is not base64'
  throw new InvalidError(
    `${what} is not a key: ${BYTES} bytes in base64 are expected, and ${found}. ` +
      'A new one is made with: openssl rand -base64 32',
  )
}
