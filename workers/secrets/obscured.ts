import { createDecipheriv } from 'node:crypto'

// rclone does not encrypt the passwords of its configuration, it obscures them: AES in counter mode with a key that
// stands in its public source (fs/config/obscure/obscure.go), so that nobody reads them over a shoulder. It has no call
// that takes one on a pipe and says it in clear: `rclone reveal` wants it as an argument, which everybody can read.

const KEY = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')
const BLOCK = 16

/** The clear text of an obscured one; null for what rclone did not obscure. */
export function reveal(obscured: string): string | null {
  if (!/^[\w-]+$/.test(obscured)) return null
  const bytes = Buffer.from(obscured, 'base64url')
  if (bytes.length < BLOCK) return null
  const decipher = createDecipheriv('aes-256-ctr', KEY, bytes.subarray(0, BLOCK))
  const clear = Buffer.concat([decipher.update(bytes.subarray(BLOCK)), decipher.final()])
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(clear)
  } catch {
    return null
  }
}
