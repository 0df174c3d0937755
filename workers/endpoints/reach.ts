import { lookup } from 'node:dns/promises'
import { createConnection, isIP } from 'node:net'
import { connect, getCACertificates } from 'node:tls'
import { blocksPrivateHosts, isClosedAddress } from '#lib/endpoints/hosts.ts'
import type { Address } from '#lib/endpoints/kinds/kind.ts'
import type { Reason } from '../rclone/outcome.ts'
import { type HostKey, NoSshError, readHostKey } from './host-key.ts'

// What can be said of a storage before rclone is asked, so that a wrong name, a closed port and a wrong certificate are
// told apart from a wrong password. Each answers a sentence, or the reason why not.

export type Found = string | { cause: string; message: string; hostKey?: HostKey }

/** Where nobody waits for more than one answer. */
const PATIENCE_MS = 8_000

export async function resolveHost({ host }: Address, withinMs = PATIENCE_MS): Promise<Found> {
  try {
    const found = await Promise.race([lookup(host, { all: true }), late(withinMs)])
    if (found === null) {
      const message = `The name server of this machine did not answer for ${host} in ${seconds(withinMs)}.`
      return { cause: 'host_unknown', message }
    }
    const addresses = found.map(({ address }) => address)
    if (blocksPrivateHosts() && addresses.some(isClosedAddress)) {
      return {
        cause: 'host_refused',
        message: `${host} leads to the agent’s own machine or its cloud’s metadata, which the settings refuse.`,
      }
    }
    return addresses.includes(host)
      ? `${host} is an address.`
      : `${host} is ${addresses.slice(0, 3).join(', ')}.`
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code !== 'EAI_AGAIN'
    return {
      cause: 'host_unknown',
      message: gone
        ? `There is no host called ${host}. Check the spelling, and that this machine’s name server knows it.`
        : `The name server of this machine does not answer for ${host}.`,
    }
  }
}

/** Null after so long; keeps no process alive. */
function late(ms: number): Promise<null> {
  return new Promise((resolve) => void setTimeout(resolve, ms, null).unref())
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

export function connectTo({ host, port }: Address, withinMs = PATIENCE_MS): Promise<Found> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: withinMs })
    const end = (found: Found) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(`Port ${port} answers.`))
    socket.once('timeout', () => end(noAnswer(host, port)))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        const message = `${host} refuses port ${port}. Check the port, and that the service runs there.`
        return end({ cause: 'network', message })
      }
      end(
        error.code === 'ETIMEDOUT'
          ? noAnswer(host, port)
          : {
              cause: 'network',
              message: `${host} cannot be reached from the agent (${error.code ?? error.message}).`,
            },
      )
    })
  })
}

function noAnswer(host: string, port: number): Found {
  return {
    cause: 'network',
    message: `${host} does not answer at port ${port}. A firewall may drop it, or the machine is off.`,
  }
}

/** Whether TLS comes about with a certificate that this machine trusts. */
export function secureTls({ host, port }: Address, withinMs = PATIENCE_MS): Promise<Found> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      servername: servernameOf(host),
      // Whom rclone trusts: the machine's own authorities, SSL_CERT_FILE included. Node would take its own list.
      ca: getCACertificates('system'),
      timeout: withinMs,
    })
    const end = (found: Found) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('secureConnect', () =>
      end(`${socket.getProtocol() ?? 'TLS'}, with a certificate that is trusted.`),
    )
    const silent = `${host} took the connection at port ${port} and said nothing for ${seconds(withinMs)}.`
    socket.once('timeout', () => end({ cause: 'network', message: silent }))
    socket.once('error', (error: NodeJS.ErrnoException) => end(whyNotTls(host, error)))
  })
}

/** An address is no name that a certificate could be asked for. */
function servernameOf(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined
}

/** Whether TLS comes about at all, with any certificate. */
export function speaksTls({ host, port }: Address, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const servername = servernameOf(host)
    const socket = connect({ host, port, servername, rejectUnauthorized: false, timeout: withinMs })
    const end = (speaks: boolean) => {
      socket.destroy()
      resolve(speaks)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('timeout', () => end(false)).once('error', () => end(false))
  })
}

function whyNotTls(host: string, error: NodeJS.ErrnoException): Reason {
  const cause = 'certificate'
  switch (error.code) {
    case 'CERT_HAS_EXPIRED':
      return { cause, message: `The certificate of ${host} has expired.` }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { cause, message: `The certificate is for another name than ${host}.` }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        cause,
        message: `Nobody this machine trusts signed the certificate of ${host}. Add its authority to the machine (SSL_CERT_FILE).`,
      }
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        cause: 'network',
        message: `${host} hung up before TLS came about. It may refuse this machine, or speak something else there.`,
      }
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
    case 'EPROTO':
      return {
        cause: 'wrong_server',
        message: `${host} speaks no TLS on this port. Write http:// where that is meant, or check the port.`,
      }
    default:
      return { cause, message: `No TLS comes about with ${host} (${error.code ?? error.message}).` }
  }
}

/** Whether the SSH server still shows a host key that was accepted. */
export async function secureSsh(
  { host, port }: Address,
  accepted: string | undefined,
  withinMs = PATIENCE_MS,
): Promise<Found> {
  const cause = 'host_key'
  const keys = (accepted ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '')
  if (keys.length === 0) {
    return { cause, message: 'No host key of this server was accepted yet. Accept what it shows, then test.' }
  }
  try {
    const shown = await readHostKey(host, port, { kinds: keys.map((key) => key.split(' ')[0]!), withinMs })
    if (keys.includes(shown.value)) return `It shows the host key that was accepted, ${shown.fingerprint}.`
    return {
      cause,
      hostKey: shown,
      message: `The server shows another host key than the one accepted: ${shown.fingerprint}. If nobody changed the server, somebody may be in between. Nothing was sent to it.`,
    }
  } catch (error) {
    const { message } = error as Error
    const other = error instanceof NoSshError
    return {
      cause: other ? 'wrong_server' : 'network',
      message: `No SSH server answers at ${host}:${port}: ${message}`,
    }
  }
}
