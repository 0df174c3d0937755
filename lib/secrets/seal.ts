import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { UnavailableError } from '#lib/errors.ts'
import type { KeyRing, PublicKey } from './keys.ts'

/** Where a secret is kept. It is part of the seal: a ciphertext moved to another row or field does not open. */
export type SecretPlace = { table: string; row: string; field: string }

/** Seals a text for those who hold the private key; what a verb is given (lib/context.ts). */
export type Seal = (place: SecretPlace, text: string) => Promise<string>

// RFC 9180: X25519, HKDF-SHA256, AES-256-GCM, base mode.
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const VERSION = 'fo1'
const PURPOSE = bytes('file-orbit secret 1')

/** `fo1.<key id>.<encapsulated key>.<ciphertext>`, each part base64url. */
export async function seal(key: PublicKey, place: SecretPlace, text: string): Promise<string> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(key.raw)
  const { enc, ct } = await suite.seal({ recipientPublicKey, info: PURPOSE }, bytes(text), additional(place))
  return [VERSION, key.id, base64(enc), base64(ct)].join('.')
}

/**
 * The text that was sealed for this place. Throws UnavailableError, with what to do, when the ring lacks the key or
 * the text was sealed for another place or is damaged.
 */
export async function open(ring: KeyRing, place: SecretPlace, sealed: string): Promise<string> {
  const [version, keyId, enc, ct] = sealed.split('.')
  const key = ring.find((one) => one.public.id === keyId)
  if (version !== VERSION || !enc || !ct) throw new UnavailableError(`${told(place)} is not sealed text.`)
  if (!key) {
    throw new UnavailableError(
      `${told(place)} is sealed to the key ${keyId}, which FILE_ORBIT_SECRET_KEY of this worker does not hold. ` +
        'Add that key after the newest one, or enter the secret again.',
    )
  }
  try {
    const recipientKey = await suite.kem.importKey('raw', key.raw.buffer, false)
    const opened = await suite.open(
      { recipientKey, enc: Buffer.from(enc, 'base64url'), info: PURPOSE },
      Buffer.from(ct, 'base64url'),
      additional(place),
    )
    return new TextDecoder().decode(opened)
  } catch {
    throw new UnavailableError(
      `${told(place)} cannot be opened: it is damaged, or was sealed for another place.`,
    )
  }
}

/** The id of the key that a text is sealed to. */
export function keyIdOf(sealed: string): string {
  return sealed.split('.')[1] ?? ''
}

function additional({ table, row, field }: SecretPlace): ArrayBuffer {
  return bytes(JSON.stringify([table, row, field]))
}

function told({ table, row, field }: SecretPlace): string {
  return `The secret "${field}" of ${table} ${row}`
}

function bytes(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer
}

function base64(buffer: ArrayBuffer): string {
  return Buffer.from(buffer).toString('base64url')
}
