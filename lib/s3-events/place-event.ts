import type { Happening } from '#lib/events/record-events.ts'
import { relativePathSchema } from '#lib/jobs/schema.ts'
import type { S3Event } from './parse-message.ts'

/** "bucket/prefix" of what a template watches; "" is every bucket of its storage. */
export function watchedPrefix(root: string, sourcePath: string): string {
  return `${root}/${sourcePath}`
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** An event of S3 as the ledger of one template takes it: its path is relative to what the template watches. */
export function placeEvent(event: S3Event, prefix: string): Happening {
  const whole = `${event.bucket}/${event.key}`
  const told = {
    ...{ kind: event.kind, size: event.size, occurredAt: event.at },
    ...{ key: keyOf(event), detail: detailOf(event) },
  }
  if (prefix !== '' && !whole.startsWith(`${prefix}/`)) {
    const detail = { ...told.detail, noFile: 'It lies outside the source of the template.' }
    return { ...told, detail, path: shown(whole), ignored: whyOutside(event, prefix) }
  }
  const path = whole.slice(prefix === '' ? 0 : prefix.length + 1)
  const why = event.ignored === undefined ? whyNotPath(path) : null
  return {
    // What marks the watched folder itself is called by nothing below it.
    ...{ ...told, path: shown(path) || '/' },
    ...(why && { dead: why, detail: { ...told.detail, noFile: 'No file can have its path.' } }),
    ...(event.ignored && { ignored: shown(event.ignored) }),
  }
}

/**
 * What tells an event from its repetition, by whichever way either comes. Restorations have no sequencer, and neither
 * has anything of some servers: then it is the time, which EventBridge gives in whole seconds.
 */
function keyOf({ kind, bucket, key, versionId, eTag, sequencer, at }: S3Event): string {
  const time = kind === 'restored' ? Math.floor(at.getTime() / 1000) : at.getTime()
  const last = sequencer === '' ? `at ${time}` : sequencer
  return JSON.stringify([kind, bucket, key, versionId || eTag, last])
}

/** Named by {event.…}: what is not known is not there. */
function detailOf(event: S3Event): Record<string, string> {
  const { bucket, key, region, eventName, size, eTag, versionId, sequencer } = event
  const all = { bucket, key, region, eventName, size: size?.toString(), eTag, versionId, sequencer }
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, text]) => (text ? [[name, shown(text)]] : [])),
  )
}

function whyOutside({ bucket }: S3Event, prefix: string): string {
  const [own] = prefix.split('/')
  if (bucket !== own) return `It is of the bucket ${shown(bucket)}; the template’s source lies in ${own}.`
  return `It lies outside ${prefix}/, the template’s source.`
}

/**
 * Why an object's name cannot be that of a file, or null. It has to be the path exactly: S3 tells a//b from a/b. A colon
 * at its beginning would mislead in a path that a person gives, not in a list of files.
 */
function whyNotPath(path: string): string | null {
  const plain = path.replace(/^:/, '_')
  const safe = relativePathSchema.safeParse(plain)
  if (!safe.success) return safe.error.issues[0]?.message ?? 'It is no path.'
  return safe.data === plain
    ? null
    : 'A folder in its key has no name or is called ".", so that no path leads to it. Rename the object.'
}

/** The database takes neither NUL nor half a character. */
export function shown(text: string): string {
  return text.slice(0, 4096).replaceAll('\0', '␀').toWellFormed()
}
