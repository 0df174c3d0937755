import { UnavailableError } from '#lib/errors.ts'

export type QueueNames = { queueUrl: string; region: string; endpointUrl: string; hasKeys: boolean }

/**
 * Why a queue cannot be read and what to do, by what the SDK or Amazon calls it. Their own texts are not shown: they may
 * name accounts and roles.
 */
export function whyNotQueue(error: unknown, { queueUrl, region, endpointUrl, hasKeys }: QueueNames): string {
  const cause = causeOf(error)
  if (cause instanceof UnavailableError) return cause.message
  const { name = '', code = '', $metadata } = cause as ErrorOfSdk
  const queue = queueName(queueUrl)
  const host = URL.parse(endpointUrl)?.host ?? endpointUrl
  switch (name.replace(/^AWS\.SimpleQueueService\./, '')) {
    case 'QueueDoesNotExist':
    case 'NonExistentQueue':
    case 'InvalidAddress':
      return `There is no queue ${queue} in ${region}. Check its URL, its region, and that the keys are of its account.`
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
    case 'InvalidAccessKeyId':
    case 'InvalidSecurity':
      return 'The access key of the queue is not known. Check it, and that it was not deactivated.'
    case 'SignatureDoesNotMatch':
    case 'InvalidSignatureException':
    case 'IncompleteSignature':
      return `The secret key does not belong to the access key, or the queue is not in ${region}. Enter the key again.`
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return 'The session token of the queue has expired. Enter a new one with its keys, or use keys that last.'
    case 'RequestExpired':
      return 'The queue refuses this machine’s clock. Set it by a time server.'
    case 'AccessDenied':
    case 'AccessDeniedException':
      return `${hasKeys ? 'The keys' : 'The role of this machine'} may not read the queue ${queue}: allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes on it.`
    case 'CredentialsProviderError':
      return 'This machine has no role at AWS. Enter an access key for the queue, or give the machine a role.'
    case 'OverLimit':
      return 'Too many messages of the queue are in flight: somebody else receives them and does not delete them.'
    case 'RequestThrottled':
    case 'ThrottlingException':
      return 'The queue asks to be asked less often.'
  }
  if (/^Kms/.test(name)) {
    return 'The key that encrypts the queue may not be used: allow kms:Decrypt on it.'
  }
  if (code === 'ENOTFOUND') return `There is no host ${host}. Check the queue’s URL.`
  if (code === 'ECONNREFUSED')
    return `${host} refuses the connection. Check the queue’s URL, and that its server runs.`
  if (/^(E[A-Z_]+|TimeoutError)$/.test(code) || name === 'TimeoutError') {
    return `${host} cannot be reached (${code || 'it does not answer'}). It is tried again by and by.`
  }
  if (/CERT|SELF_SIGNED|ISSUER|TLS|SSL/.test(code))
    return `${host} has no certificate that this machine trusts (${code}).`
  if ($metadata?.httpStatusCode === 403) return `The queue ${queue} refuses these keys (${name}).`
  return `The queue ${queue} answers with an error (${name || code || 'unknown'}).`
}

type ErrorOfSdk = { name?: string; code?: string; $metadata?: { httpStatusCode?: number } }

export function queueName(queueUrl: string): string {
  return queueUrl.replace(/\/+$/, '').split('/').at(-1) || queueUrl
}

/** sqs-consumer wraps what the SDK throws. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}
