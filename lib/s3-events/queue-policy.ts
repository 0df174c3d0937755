import type { AwsPlace } from './aws-side.ts'

/** Who may send to a queue, as its policy says. */
export type Senders = {
  /** Whoever the policy lets send on behalf of the bucket. */
  by: ('bucket' | 'topic' | 'rule')[]
  /** A sentence that a person should read, when the bucket's events cannot come. */
  warning: string | null
}

type Statement = {
  Effect?: string
  Principal?: unknown
  NotPrincipal?: unknown
  Action?: unknown
  NotAction?: unknown
  Resource?: unknown
  Condition?: Record<string, Record<string, unknown>>
}

const services = { bucket: 's3', topic: 'sns', rule: 'events' } as const

/**
 * Reads the policy of a queue for who may send the bucket's events: S3 itself, or SNS or EventBridge in between, of
 * which it cannot be seen from here whether the bucket tells them. Only what the pages at aws-side.ts write is told
 * apart finely; a condition that is not known counts as met, so that no good queue is warned of.
 */
export function sendersOf(policy: string | undefined, place: AwsPlace, queueArn: string | null): Senders {
  if (!policy) {
    return { by: [], warning: `The queue has no access policy, so ${who(place)} may not send to it.` }
  }
  let statements: Statement[]
  try {
    const { Statement } = JSON.parse(policy) as { Statement?: Statement | Statement[] }
    statements = many(Statement)
  } catch {
    return { by: [], warning: 'The queue’s access policy is not readable JSON.' }
  }
  const about = statements.filter((one) => isAboutSending(one, queueArn))
  const by = (Object.keys(services) as (keyof typeof services)[]).filter((sender) =>
    about.some((one) => one.Effect === 'Allow' && isFor(one, services[sender]) && fits(one, sender, place)),
  )
  const denied = about.some(
    (one) => one.Effect === 'Deny' && isFor(one, 's3') && isPlain(one) && fits(one, 'bucket', place),
  )
  if (denied) return { by, warning: `A statement of the queue’s access policy denies ${who(place)} to send.` }
  if (by.length > 0) return { by, warning: null }
  const sources = about.flatMap((one) => (one.Effect === 'Allow' ? sourcesOf(one) : []))
  const others = [...new Set(sources)].slice(0, 3).join(', ')
  return {
    by,
    warning: `No statement of the queue’s access policy lets ${who(place)} send.${others && ` Those that let something send are for ${others}.`}`,
  }
}

function who({ bucket }: AwsPlace): string {
  return bucket === 'BUCKET' ? 'a bucket' : `the bucket ${bucket}`
}

function isAboutSending({ Action, NotAction, Resource }: Statement, queueArn: string | null): boolean {
  const actions = texts(Action)
  const sends =
    NotAction !== undefined
      ? !texts(NotAction).some((action) => isLike('sqs:sendmessage', action.toLowerCase()))
      : actions.some((action) => isLike('sqs:sendmessage', action.toLowerCase()))
  const resources = texts(Resource)
  const isHere = queueArn === null || resources.length === 0 || resources.some((one) => isLike(queueArn, one))
  return sends && isHere
}

/** Everybody, or this service of AWS; in some regions its name ends otherwise (amazonaws.com.cn). */
function isFor({ Principal, NotPrincipal }: Statement, service: string): boolean {
  if (NotPrincipal !== undefined) return false
  if (Principal === '*') return true
  const named = (Principal ?? {}) as Record<string, unknown>
  if (texts(named.AWS).includes('*')) return true
  return texts(named.Service).some((name) => new RegExp(`^${service}\\.amazonaws\\.com(\\.cn)?$`).test(name))
}

/** The conditions about where it comes from; topics and rules have names that nobody knows here. */
function fits(statement: Statement, sender: keyof typeof services, { partition, bucket }: AwsPlace): boolean {
  const sources = sourcesOf(statement)
  if (sources.length === 0) return true
  if (sender === 'bucket') {
    if (bucket !== 'BUCKET')
      return sources.some((source) => isLike(`arn:${partition}:s3:::${bucket}`, source))
    return sources.some((source) => /^\*|^arn:[^:]*:s3:/.test(source))
  }
  return sources.some((source) => new RegExp(`^\\*|^arn:[^:]*:${services[sender]}:`).test(source))
}

const MATCHES = /^(ForAnyValue:)?(Arn|String)(Like|Equals)/i

function sourcesOf({ Condition = {} }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    MATCHES.test(operator)
      ? Object.entries(keys).flatMap(([key, value]) =>
          key.toLowerCase() === 'aws:sourcearn' ? texts(value) : [],
        )
      : [],
  )
}

/** Whether it holds for whatever comes from its source: one that only denies plain HTTP denies S3 nothing. */
function isPlain({ Condition = {} }: Statement): boolean {
  return Object.entries(Condition).every(
    ([operator, keys]) =>
      MATCHES.test(operator) && Object.keys(keys).every((key) => key.toLowerCase() === 'aws:sourcearn'),
  )
}

function texts(value: unknown): string[] {
  return many(value).filter((one): one is string => typeof one === 'string')
}

function many<T>(value: T | T[] | undefined): T[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** With `*` and `?` as IAM takes them. Not by a regular expression, which a hostile policy could keep busy. */
function isLike(text: string, pattern: string): boolean {
  let [at, p, star, back] = [0, 0, -1, 0]
  while (at < text.length) {
    if (pattern[p] === '*') {
      star = p++
      back = at
    } else if (pattern[p] === '?' || pattern[p] === text[at]) {
      p += 1
      at += 1
    } else if (star >= 0) {
      p = star + 1
      at = ++back
    } else return false
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}
