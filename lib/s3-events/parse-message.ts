import type { z } from 'zod'
import type { EventKind } from '#lib/events/states.ts'
import {
  type EventBridgeEvent,
  eventBridgeSchema,
  notificationSchema,
  recordSchema,
  type S3Record,
  snsConfirmationSchema,
  snsSchema,
  testEventSchema,
} from './message-schema.ts'

/** What happened to one object, by whichever way it was told. */
export type S3Event = {
  /** `changed` for what concerns its tags, class and the like; `ignored` says so. */
  kind: EventKind
  bucket: string
  /** As the object is really called. */
  key: string
  size: number | null
  at: Date
  /** As S3 calls it: ObjectCreated:Put, or EventBridge's words. */
  eventName: string
  region: string | null
  /** "" where the bucket keeps no versions. */
  versionId: string
  eTag: string
  /** In capitals and without noughts at its end, so that two compare as texts; "" where there is none. */
  sequencer: string
  /** One version was removed for good, which says nothing of what the bucket shows under the key. */
  isOfOneVersion: boolean
  ignored?: string
}

export type ParsedMessage =
  /** S3 tries whether it may send, when somebody sets its notifications. */
  | { type: 'test'; bucket: string | null }
  /** What it tells of, in its order; a text is why a record cannot be read. */
  | { type: 'events'; events: (S3Event | string)[] }
  | { type: 'unreadable'; why: string }

/** SNS in SNS is nothing that anybody sets up. */
const DEEPEST = 2

/** Reads the body of a message: raw, wrapped by SNS, or of EventBridge. Throws nothing. */
export function parseMessage(body: string): ParsedMessage {
  return parse(body, 0)
}

function parse(body: string, depth: number): ParsedMessage {
  const value = jsonOf(body)
  if (value === undefined) return { type: 'unreadable', why: 'It is no JSON.' }
  const sns = snsSchema.safeParse(value)
  if (sns.success && depth < DEEPEST) return parse(sns.data.Message, depth + 1)
  if (snsConfirmationSchema.safeParse(value).success) {
    const why = 'SNS asks whether its subscription is wanted. Open its SubscribeURL once to confirm.'
    return { type: 'unreadable', why }
  }
  const test = testEventSchema.safeParse(value)
  if (test.success) return { type: 'test', bucket: test.data.Bucket ?? null }
  const records = notificationSchema.safeParse(value)
  if (records.success) return { type: 'events', events: records.data.Records.map(parseRecord) }
  if (typeof value === 'object' && value !== null && 'detail-type' in value) {
    const told = eventBridgeSchema.safeParse(value)
    if (told.success) return { type: 'events', events: [ofEventBridge(told.data)] }
    return { type: 'unreadable', why: `It is no event of S3 by EventBridge: ${wordsOf(told.error)}.` }
  }
  return { type: 'unreadable', why: 'It is no event of S3: neither Records nor a detail-type is in it.' }
}

function parseRecord(value: unknown): S3Event | string {
  const record = recordSchema.safeParse(value)
  if (!record.success) return `It is no record of S3: ${wordsOf(record.error)}.`
  return ofRecord(record.data)
}

function ofRecord({ eventName: given, eventTime, awsRegion, s3 }: S3Record): S3Event | string {
  const { object, bucket } = s3
  const key = decodedKey(object.key)
  if (key === null) return `Its key, ${object.key.slice(0, 200)}, is not encoded as S3 does it.`
  const eventName = given.replace(/^s3:/, '')
  const kind = recordKind(eventName)
  const versionId = versionOf(object.versionId)
  return {
    ...{ kind: kind ?? 'changed', bucket: bucket.name, key, size: object.size ?? null, at: eventTime },
    ...{ eventName, region: awsRegion || null, versionId, eTag: unquoted(object.eTag) },
    sequencer: canonicalSequencer(object.sequencer),
    isOfOneVersion: kind === 'removed' && versionId !== '' && !eventName.endsWith(':DeleteMarkerCreated'),
    ...ignoredFor(kind, key, object.size ?? null, eventName),
  }
}

function ofEventBridge(told: EventBridgeEvent): S3Event {
  const { bucket, object, 'deletion-type': deletion } = told.detail
  const eventName = told['detail-type']
  const kind = detailKinds[eventName] ?? null
  const versionId = versionOf(object['version-id'])
  return {
    ...{ kind: kind ?? 'changed', bucket: bucket.name, key: object.key, size: object.size ?? null },
    ...{ at: told.time, eventName, region: told.region || null, versionId },
    ...{ eTag: unquoted(object.etag ?? object.eTag), sequencer: canonicalSequencer(object.sequencer) },
    isOfOneVersion: kind === 'removed' && versionId !== '' && deletion !== 'Delete Marker Created',
    ...ignoredFor(kind, object.key, object.size ?? null, eventName),
  }
}

/** ObjectRestore:Post says only that somebody asked for it. */
function recordKind(eventName: string): EventKind | null {
  if (eventName.startsWith('ObjectCreated:')) return 'created'
  if (/^(ObjectRemoved|LifecycleExpiration):(Delete|DeleteMarkerCreated)$/.test(eventName)) return 'removed'
  return eventName === 'ObjectRestore:Completed' ? 'restored' : null
}

const detailKinds: Record<string, EventKind> = {
  'Object Created': 'created',
  'Object Deleted': 'removed',
  'Object Restore Completed': 'restored',
}

function ignoredFor(
  kind: EventKind | null,
  key: string,
  size: number | null,
  eventName: string,
): { ignored?: string } {
  if (kind === null) return { ignored: `${eventName} brings no file and takes none away.` }
  // Consoles make an empty object to show a folder; rclone makes folders as it needs them.
  if (key.endsWith('/') && !size) return { ignored: 'It marks a folder and holds nothing.' }
  return {}
}

/** Keys are form-encoded in records, and in nothing else. Null where that is not so. */
function decodedKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return null
  }
}

/** Servers that keep no versions leave it out, empty or "null". */
function versionOf(versionId: string | null | undefined): string {
  return versionId === 'null' ? '' : (versionId ?? '')
}

function unquoted(eTag: string | null | undefined): string {
  return (eTag ?? '').replace(/^"|"$/g, '')
}

/**
 * Two sequencers of one key compare as texts after the shorter is padded with noughts on its right, as S3 says; without
 * those at their ends they compare as they are, and are equal however they were padded.
 */
function canonicalSequencer(sequencer: string | null | undefined): string {
  return (sequencer ?? '').toUpperCase().replace(/0+$/, '')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wordsOf({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`)
    .join('; ')
}
