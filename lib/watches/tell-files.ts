import { and, eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { Tx } from '#lib/db/client.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { watchedFiles } from '#lib/db/schema/watches.ts'
import { type Happening, type Recorded, recordIn } from '#lib/events/record-events.ts'
import { holdTemplates } from '#lib/templates/lock-template.ts'
import { isOn } from '#lib/triggers/is-on.ts'
import type { KnownFile } from './known-files.ts'

export type SeenFile = KnownFile & {
  size: number | null
  /** When it was last written, by its file system. */
  at: Date
  /** It lay there before it counts: it is remembered, and no event. */
  silent?: boolean
  ignored?: string
  dead?: string
}

export type Told = {
  triggerId: string
  /** The trigger's, when the watch began. */
  since: Date
  seen: SeenFile[]
  gone: KnownFile[]
  tellGone: boolean
}

/** The template was switched off, on again or deleted since the watch began: nothing of what it saw counts. */
export class WatchOverError extends Error {}

/**
 * Remembers files as they are and makes events of what that changes, in the caller's transaction: a file that is known
 * in this version already, whoever told of it, is nothing new. `gone` are forgotten, and told of with `tellGone`. Throws
 * WatchOverError.
 */
export async function tellFiles(tx: Tx, { triggerId, since, seen, gone, tellGone }: Told): Promise<Recorded> {
  await holdTemplates(tx, [triggerId])
  const [current] = await tx
    .select({ since: triggers.since })
    .from(triggers)
    .innerJoin(templates, eq(templates.id, triggers.templateId))
    .where(and(eq(triggers.id, triggerId), isOn))
  if (current?.since.getTime() !== since.getTime()) throw new WatchOverError('The trigger was changed.')
  const created = await remember(tx, triggerId, seen)
  const happenings: Happening[] = []
  for (const file of seen) {
    const isNew = created.get(pathOf(file))
    if (isNew === undefined || file.silent) continue
    happenings.push({
      kind: isNew ? 'created' : 'changed',
      path: shownPath(file),
      size: file.size,
      occurredAt: file.at,
      key: v7(),
      ...(file.ignored && { ignored: file.ignored }),
      ...(file.dead && { dead: file.dead }),
    })
  }
  for (const file of await forget(tx, triggerId, gone)) {
    if (!tellGone) continue
    const path = shownPath(file)
    happenings.push({ kind: 'removed', path, size: null, occurredAt: new Date(), key: v7() })
  }
  return recordIn(tx, triggerId, happenings)
}

/** Those of which the row changed, by path: true where there was none. */
async function remember(tx: Tx, triggerId: string, seen: SeenFile[]): Promise<Map<string, boolean>> {
  if (seen.length === 0) return new Map()
  const given = JSON.stringify(seen.map(({ folder, name, mark }) => ({ folder, name, mark })))
  // A row that was inserted has no older version: xmax is 0.
  const rows = await tx.execute<{ folder: string; name: string; created: boolean }>(sql`
    insert into ${watchedFiles} (trigger_id, folder_hash, name, folder, mark)
    select ${triggerId}::uuid, md5(folder)::uuid, name, folder, mark
    from jsonb_to_recordset(${given}::jsonb) as given(folder text, name text, mark text)
    on conflict (trigger_id, folder_hash, name) do update set mark = excluded.mark
      where ${watchedFiles.mark} <> excluded.mark
    returning folder, name, (xmax = 0) as created`)
  return new Map(rows.map((row) => [pathOf(row), row.created]))
}

async function forget(tx: Tx, triggerId: string, gone: KnownFile[]): Promise<KnownFile[]> {
  if (gone.length === 0) return []
  const rows = await tx.execute<KnownFile>(sql`
    delete from ${watchedFiles} as known
    using jsonb_to_recordset(${JSON.stringify(gone)}::jsonb) as given(folder text, name text, mark text)
    where known.trigger_id = ${triggerId}::uuid and known.folder_hash = md5(given.folder)::uuid
      and known.name = given.name and known.mark = given.mark
    returning known.folder, known.name, known.mark`)
  return [...rows]
}

function pathOf({ folder, name }: { folder: string; name: string }): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** A name that is no text is kept apart from all others by a "/" before it. */
function shownPath(file: KnownFile): string {
  return pathOf({ ...file, name: file.name.replace(/^\//, '') })
}
