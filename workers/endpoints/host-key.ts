import { createDiffieHellmanGroup, createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createConnection, type Socket } from 'node:net'

// What an SSH server shows at the start of a connection (RFC 4253, RFC 8731). rclone tells a new key only after it has
// signed in, with a password that must not go to a server nobody has accepted yet.

export type HostKey = {
  /** As in a known_hosts line: `ssh-ed25519 AAAA…`. */
  value: string
  /** `SHA256:…`, as ssh-keygen prints it. */
  fingerprint: string
}

/** Well below what a question may take (lib/agents/questions.ts): a busy machine has to answer in time as well. */
const TIMEOUT_MS = 7_000
/** A packet is at most 35,000 bytes (RFC 4253, 6.1); before the first line servers may greet. */
const LONGEST = 64 * 1024
const VERSION = 'SSH-2.0-FileOrbit'

const KEX = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group14-sha1',
]
/** The order in which rclone, too, would rather have them. */
const KEYS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]
const CIPHERS = [
  'aes128-ctr',
  'aes256-ctr',
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-cbc',
]
const MACS = ['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha1']

const KEXINIT = 20
const KEX_REQUEST = 30
const KEX_ANSWER = 31

/** Something else than an SSH server answers. */
export class NoSshError extends Error {}

export type HostKeyOptions = {
  /** Kinds of keys (`ssh-ed25519`) to be shown rather than others: a server has several. */
  kinds?: readonly string[]
  withinMs?: number
}

/**
 * Asks the server for its host key; nothing of an account is sent. Rejects with the socket's error, a NoSshError that
 * says what was there instead, or an Error that says what went wrong.
 */
export async function readHostKey(
  host: string,
  port: number,
  { kinds = [], withinMs = TIMEOUT_MS }: HostKeyOptions = {},
): Promise<HostKey> {
  const socket = createConnection({ host, port, timeout: withinMs })
  const silent = () => socket.destroy(new Error('It took the connection and did not answer in time.'))
  const late = setTimeout(silent, withinMs)
  try {
    socket.on('timeout', silent)
    const reader = new Reader(socket)
    socket.write(`${VERSION}\r\n`)
    await reader.version()
    socket.write(packet(kexInit(kinds)))
    const theirs = await reader.packet(KEXINIT)
    const chosen = KEX.find((name) => firstList(theirs).includes(name))
    if (!chosen) throw new Error('It knows no key exchange that is safe today; it may be very old.')
    socket.write(packet(Buffer.concat([Buffer.from([KEX_REQUEST]), keyShare(chosen)])))
    const answer = await reader.packet(KEX_ANSWER)
    return hostKeyIn(answer.subarray(1, 1 + 4 + answer.readUInt32BE(1)).subarray(4))
  } finally {
    clearTimeout(late)
    socket.destroy()
  }
}

class Reader {
  #buffer = Buffer.alloc(0)
  readonly #chunks: AsyncIterator<Buffer>

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]()
  }

  /** Skips what a server says before its version (RFC 4253, 4.2). */
  async version(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\n')
      if (end < 0) {
        await this.#more()
        continue
      }
      const line = this.#buffer.subarray(0, end).toString('latin1').trim()
      this.#buffer = this.#buffer.subarray(end + 1)
      if (line.startsWith('SSH-2.0-') || line.startsWith('SSH-1.99-')) return line
      if (/^(HTTP|220 |\+OK|\* OK)/.test(line)) throw new NoSshError(`it says "${line.slice(0, 60)}".`)
    }
  }

  /** The payload of the next packet of this kind; unencrypted, as all are before the keys are exchanged. */
  async packet(kind: number): Promise<Buffer> {
    for (;;) {
      while (this.#buffer.length < 5 || this.#buffer.length < 4 + this.#buffer.readUInt32BE(0))
        await this.#more()
      const length = this.#buffer.readUInt32BE(0)
      if (length > LONGEST) throw new NoSshError('what it says is no SSH.')
      const payload = this.#buffer.subarray(5, 4 + length - this.#buffer[4]!)
      this.#buffer = this.#buffer.subarray(4 + length)
      if (payload[0] === kind) return payload
      if (payload[0] === 1) throw new Error('The server ended the connection.')
    }
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#chunks.next()
    if (done) throw new Error('It hung up before it showed its host key; it may refuse this machine.')
    this.#buffer = Buffer.concat([this.#buffer, value])
    if (this.#buffer.length > LONGEST) throw new NoSshError('what it says is no SSH.')
  }
}

/** What an RSA key of a known_hosts line is called where it signs. */
const SIGNS: Record<string, readonly string[]> = { 'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] }

function kexInit(kinds: readonly string[]): Buffer {
  const wanted = kinds.flatMap((kind) => SIGNS[kind] ?? [kind])
  const keys = [...KEYS.filter((key) => wanted.includes(key)), ...KEYS.filter((key) => !wanted.includes(key))]
  const lists = [KEX, keys, CIPHERS, CIPHERS, MACS, MACS, ['none'], ['none'], [], []]
  return Buffer.concat([
    Buffer.from([KEXINIT]),
    randomBytes(16),
    ...lists.map((names) => string(Buffer.from(names.join(',')))),
    Buffer.alloc(5),
  ])
}

/** Our half of the exchange: a string for a curve, a number for a group; the answer has the same form. */
function keyShare(kex: string): Buffer {
  if (kex.startsWith('diffie-hellman')) {
    const group = createDiffieHellmanGroup('modp14')
    const share = group.generateKeys()
    return string(share[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), share]) : share)
  }
  const { x } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
  return string(Buffer.from(x!, 'base64url'))
}

function hostKeyIn(blob: Buffer): HostKey {
  const kind = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
  if (!/^[\w@.-]{1,64}$/.test(kind)) throw new Error('It showed no host key that can be read.')
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
  return { value: `${kind} ${blob.toString('base64')}`, fingerprint: `SHA256:${digest}` }
}

function firstList(payload: Buffer): string[] {
  const start = 1 + 16
  return payload
    .subarray(start + 4, start + 4 + payload.readUInt32BE(start))
    .toString('latin1')
    .split(',')
}

function string(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Padded to a multiple of eight, at least four bytes of it padding (RFC 4253, 6). */
function packet(payload: Buffer): Buffer {
  const padding = 4 + ((8 - ((payload.length + 5 + 4) % 8)) % 8)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + payload.length + padding)
  head[4] = padding
  return Buffer.concat([head, payload, randomBytes(padding)])
}
