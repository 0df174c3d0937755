import { lookup } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { blocksPrivateHosts, isClosedAddress } from '#lib/endpoints/hosts.ts'
import { queueOrigin } from '#lib/s3-events/queue-address.ts'
import type { QueueAccess, QueueKey } from './queue-key.ts'

/**
 * A client that asks the queue's own host, or the address given, and nobody else. Loaded when the first queue is asked:
 * the SDK would cost every start half a second.
 */
export async function queueClient(
  access: Pick<QueueAccess, 'queueUrl' | 'region' | 'endpointUrl'>,
  key: QueueKey,
  { maxAttempts, connectMs, answerMs }: { maxAttempts: number; connectMs: number; answerMs?: number },
): Promise<SQSClient> {
  const { SQSClient } = await import('@aws-sdk/client-sqs')
  const guard = blocksPrivateHosts() ? { lookup: openLookup } : {}
  return new SQSClient({
    region: access.region,
    endpoint: queueOrigin(access).href,
    // A copy: the SDK writes into what it is given.
    ...(key && { credentials: { ...key } }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectMs,
      ...(answerMs !== undefined && { requestTimeout: answerMs }),
      httpAgent: new HttpAgent({ keepAlive: true, ...guard }),
      // Whom the machine trusts, and Node's own list where a machine has none.
      httpsAgent: new HttpsAgent({
        ...{ keepAlive: true, ...guard },
        ca: [...getCACertificates('default'), ...getCACertificates('system')],
      }),
    },
  })
}

class ClosedHostError extends Error {}

/** Looks at the very addresses that are connected to: a name cannot lead somewhere else in between. */
const openLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 4)
    const [first] = found
    if (!first || found.some(({ address }) => isClosedAddress(address))) {
      const message = `${hostname} leads to the agent’s own machine or its cloud’s metadata, which the settings refuse.`
      return done(new ClosedHostError(message), '', 4)
    }
    if (options.all) return done(null, found)
    done(null, first.address, first.family)
  })
}
