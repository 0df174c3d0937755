import { UnavailableError } from '#lib/errors.ts'
import type { QueueTest } from '#lib/s3-events/queue-test-schema.ts'

type Stage = QueueTest['stages'][number]['stage']
export type Refusal = { stage: Stage; cause: string; message: string; words?: string }

/**
 * By names of errors as AWS's services give them (Amazon SQS API reference, "Common errors"), IAM's and KMS's, and by
 * codes of the network. The test and the listener say the same of one fault; {action} is what was asked.
 */
const rules: { names: RegExp; words?: RegExp; stage: Stage; cause: string; message: string }[] = [
  {
    names: /^(CredentialsProviderError|AuthorizationPendingException)$/,
    stage: 'sign_in',
    cause: 'sign_in',
    message:
      'There is no key: the trigger has none, and this machine has no role of AWS. Write an access key, or give the machine a role.',
  },
  {
    names: /Signature|IncompleteSignature|RequestTimeTooSkewed|RequestExpired/,
    words: /signature (expired|not yet current)|too skewed|request (has )?expired/i,
    stage: 'sign_in',
    cause: 'clock_skew',
    message: 'The agent’s clock differs too much from AWS’s. Set the clock of the agent’s machine (NTP).',
  },
  {
    names: /^(RequestTimeTooSkewed|RequestExpired)$/,
    stage: 'sign_in',
    cause: 'clock_skew',
    message: 'The agent’s clock differs too much from AWS’s. Set the clock of the agent’s machine (NTP).',
  },
  {
    names: /./,
    words: /credential should be scoped to a valid region/i,
    stage: 'sign_in',
    cause: 'region',
    message: 'The region is not that of the queue. Write the one that its URL names.',
  },
  {
    names: /^(SignatureDoesNotMatch|InvalidSignatureException|InvalidSignature)$/,
    stage: 'sign_in',
    cause: 'sign_in',
    message: 'The secret access key is not that of the access key. Write it again.',
  },
  {
    names: /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/,
    stage: 'sign_in',
    cause: 'sign_in',
    message: 'The session token has expired. Write a new one, or use a key or a role that stays.',
  },
  {
    names:
      /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|MissingAuthenticationToken|IncompleteSignature|NotAuthorized|InvalidSecurity|AuthFailure)/,
    stage: 'sign_in',
    cause: 'sign_in',
    message:
      'AWS does not know this access key. Check it, and the session token where one is needed; it may also have been deleted or switched off.',
  },
  {
    names: /^OptInRequired$/,
    stage: 'sign_in',
    cause: 'sign_in',
    message: 'The account of this key is not subscribed to SQS in this region.',
  },
  {
    names: /(QueueDoesNotExist|NonExistentQueue)/,
    stage: 'queue',
    cause: 'source_missing',
    message:
      'There is no such queue for this account in this region. Check the URL; a queue that was just deleted, or is another account’s, is answered so too.',
  },
  {
    names: /^(InvalidAddress|InvalidQueueUrl|InvalidParameterValue)/,
    stage: 'queue',
    cause: 'source_missing',
    message: 'The service takes this for no queue’s URL. Copy it from the queue’s page.',
  },
  {
    names: /^(AccessDenied|AccessDeniedException|AuthorizationError|OverLimit403|Forbidden)/,
    words: /explicit deny/i,
    stage: 'queue',
    cause: 'denied',
    message:
      'A policy denies {action} on this queue explicitly. Look for a statement with "Effect": "Deny" at the key’s user or role and in the queue’s own policy.',
  },
  {
    names: /^(AccessDenied|AccessDeniedException|AuthorizationError|Forbidden)/,
    stage: 'queue',
    cause: 'denied',
    message:
      'The key is right and may not do {action} on this queue. Give its user or role the policy of “The agent reads”: it needs sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility.',
  },
  {
    names: /^Kms/,
    stage: 'queue',
    cause: 'denied',
    message: 'The key that encrypts the queue may not be used. Allow kms:Decrypt on it.',
  },
  {
    names: /^OverLimit$/,
    stage: 'queue',
    cause: 'busy',
    message:
      'Too many messages of the queue are in flight: somebody else receives them and does not delete them.',
  },
  {
    names: /Throttl|TooManyRequests|RequestLimit/,
    stage: 'queue',
    cause: 'busy',
    message: 'AWS limits how often it is asked, and this was too often. Try again in a minute.',
  },
  {
    names:
      /^(UnsupportedOperation|InvalidAction|UnknownOperationException|SerializationException|SyntaxError)$/,
    stage: 'queue',
    cause: 'wrong_server',
    message: 'What answers there is no SQS. Check the URL of the queue and the address of the service.',
  },
]

/** By names, codes and words together: where no answer came. */
const lost: { facts: RegExp; message: string }[] = [
  { facts: /ENOTFOUND|EAI_/, message: 'There is no such host. Check the queue’s URL.' },
  {
    facts: /ECONNREFUSED/,
    message: 'The service refuses the connection. Check the queue’s URL, and that its server runs.',
  },
  {
    facts: /CERT|SELF_SIGNED|ISSUER|ERR_TLS|ERR_SSL/,
    message: 'The service has no certificate that this machine trusts.',
  },
  {
    facts: /ECONN|EPIPE|EHOST|ENET|ETIMEDOUT|TimeoutError|AbortError|socket hang up/,
    message: 'The service took the connection and did not answer in time, or hung up.',
  },
]

/** Which stage an error of the SDK belongs to, and what a person can do about it. */
export function refusalOf(error: unknown, action = 'sqs:GetQueueAttributes'): Refusal {
  const { name, message: text, code } = partsOf(error)
  const words = text === '' ? name : `${name}: ${text}`
  for (const { names, words: wanted, message, ...told } of rules) {
    if (names.test(name) && (!wanted || wanted.test(text))) {
      return { ...told, message: message.replace('{action}', action), words }
    }
  }
  const unanswered = lost.find(({ facts }) => facts.test(`${name} ${code} ${text}`))
  if (unanswered) return { stage: 'sign_in', cause: 'network', message: unanswered.message, words }
  const message = `The service refused it for a reason that is not known here (${name}). Its own words say more.`
  return { stage: 'queue', cause: 'unknown', message, words }
}

/**
 * The same in one sentence, for whoever reads of it later. AWS's own words are left out: they may name accounts and roles.
 * What sqs-consumer wraps is taken out.
 */
export function whyNotQueue(error: unknown, action: string): string {
  const cause = causeOf(error)
  return cause instanceof UnavailableError ? cause.message : refusalOf(cause, action).message
}

export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

/** AWS's name of the error; "AWS.SimpleQueueService." and "com.amazonaws.sqs#" before it say nothing. */
function partsOf(error: unknown): { name: string; message: string; code: string } {
  const { name = 'Error', message = '', code = '' } = error as Partial<NodeJS.ErrnoException>
  return { name: name.replace(/^.*[#.]/, ''), message: message.slice(0, 2000), code: String(code) }
}
