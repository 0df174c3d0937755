import { UnavailableError } from '#lib/errors.ts'
import { type KeyRing, keyWords, parseKeyRing, WRAPPED_KEY } from '#lib/secrets/keys.ts'
import { whyNotAws } from './stores/why-not-aws.ts'

const BYTES = 32

/**
 * The keys of FILE_ORBIT_SECRET_KEY, or of the file that `source` names. One that is written `aws-kms:<ciphertext>` is
 * decrypted by AWS KMS, once, when the process starts. Throws InvalidError or UnavailableError, which say what to do.
 */
export async function openKeyRing(text: string, source?: string): Promise<KeyRing> {
  const words = await Promise.all(
    keyWords(text).map((word) => (WRAPPED_KEY.test(word) ? unwrap(word) : word)),
  )
  return parseKeyRing(words.join(' '), source)
}

async function unwrap(word: string): Promise<string> {
  const what = 'The key in FILE_ORBIT_SECRET_KEY that is wrapped by AWS KMS'
  const { KMSClient, DecryptCommand } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 5000 },
  })
  try {
    const CiphertextBlob = Buffer.from(word.slice(word.indexOf(':') + 1), 'base64')
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }))
    const bytes = Buffer.from(Plaintext ?? [])
    // Wrapped as it is, or as openssl printed it.
    const key = bytes.length === BYTES ? bytes : Buffer.from(bytes.toString('latin1').trim(), 'base64')
    if (key.length !== BYTES) {
      throw new UnavailableError(`${what} holds ${bytes.length} bytes; a key has ${BYTES}.`)
    }
    return key.toString('base64url')
  } catch (error) {
    throw whyNotAws(error, what)
  } finally {
    client.destroy()
  }
}
