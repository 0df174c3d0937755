import { z } from 'zod'
import { type Context, requireRole } from '#lib/context.ts'
import { DomainError, type FieldIssue } from '#lib/errors.ts'
import { browseEndpoint } from '#lib/files/list-files.ts'
import { relativePathSchema } from '#lib/jobs/schema.ts'
import { operations } from '#lib/jobs/states.ts'
import { parseInput } from '#lib/parse.ts'
import { isTimeZone } from '#lib/triggers/schema.ts'
import { matcher, whyNotPattern } from './pattern.ts'
import { eventNames, fillIn, placeOf, VariableError, whyNotTemplatePath } from './variables.ts'

const fileSchema = z.strictObject({
  path: z.string().max(4096),
  size: z.number(),
  modifiedAt: z.iso.datetime().nullable(),
})
/** A file of the source; `path` is relative to the source path. */
export type ExampleFile = z.infer<typeof fileSchema>

const MOST_FILES = 40

const draftSchema = z.strictObject({
  name: z.string().max(200).default(''),
  operation: z.enum(operations),
  source: z.strictObject({ endpointId: z.uuid(), path: z.string().max(4096) }),
  pattern: z.string().max(400),
  destinationPath: z.string().max(4096),
  timeZone: z.string().max(64),
  /** Whether a watch or a queue feeds it: else a run takes what lies there, at its own time. */
  isFed: z.boolean().default(false),
  /** Whether it has S3 events. */
  hasQueue: z.boolean().default(false),
  /** The answer of an earlier call for the same source: then no storage is asked. */
  files: z.array(fileSchema).max(MOST_FILES).optional(),
})

export type Example = ExampleFile & {
  /** Whether the pattern means it. */
  taken: boolean
  /** Where it lands, below the root of the destination; null where it is not taken, or there is no such place. */
  place: string | null
  /** Why there is none. */
  why: string | null
}

export type Examples = {
  /** What is wrong with the paths and the pattern, at their fields. */
  issues: FieldIssue[]
  examples: Example[]
  /** What to send along next time; null where the source could not be listed. */
  files: ExampleFile[] | null
  /** Why it could not. */
  trouble: string | null
}

/**
 * Some files of the real source, each with whether the draft of a template takes it and where it would land. Where a
 * watch or a queue feeds it, a file's own time stands for that of its event.
 */
export async function showExamples({ ctx, input }: { ctx: Context; input: unknown }): Promise<Examples> {
  requireRole(ctx.actor, 'viewer')
  const draft = parseInput(draftSchema, input)
  const timeZone = isTimeZone(draft.timeZone) ? draft.timeZone : 'UTC'
  const issues: FieldIssue[] = []
  const add = (path: string, message: string | null) => message && issues.push({ path, message })
  add(
    'source.path',
    whyNotPath(draft.source.path) ?? whyNotTemplatePath(draft.source.path, { perFile: false, events: false }),
  )
  add('pattern', whyNotPattern(draft.pattern))
  add(
    'destinations.0.path',
    whyNotPath(draft.destinationPath) ??
      whyNotTemplatePath(draft.destinationPath, { perFile: true, events: draft.hasQueue }),
  )
  const of = new Set(issues.map(({ path }) => path))
  const base = { runAt: new Date(), timeZone, template: draft.name || 'template', job: 'job' }
  let files = draft.files ?? null
  let trouble: string | null = null
  if (!files && !of.has('source.path')) {
    try {
      const folder = fillIn(draft.source.path, { ...base, file: null }).replace(/\/$/, '')
      files = await someFiles(ctx, draft.source.endpointId, folder)
    } catch (error) {
      if (error instanceof VariableError) add('source.path', error.message)
      else if (error instanceof DomainError) trouble = error.message
      else throw error
    }
  }
  const wanted = of.has('pattern') ? () => false : matcher(draft.pattern)
  const places = new Map<string, string>()
  const examples = (files ?? []).map((file): Example => {
    if (!wanted(file.path)) return { ...file, taken: false, place: null, why: null }
    if (of.has('destinations.0.path')) return { ...file, taken: true, place: null, why: null }
    try {
      const place = placeFor(draft, base, file)
      const other = places.get(place)
      if (other !== undefined) throw new VariableError(`${other} goes to the same place, ${place}.`)
      places.set(place, file.path)
      return { ...file, taken: true, place, why: null }
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      return { ...file, taken: true, place: null, why: error.message }
    }
  })
  return { issues, examples, files, trouble }
}

/** The same words as when it is saved. */
function whyNotPath(path: string): string | null {
  return relativePathSchema.safeParse(path).error?.issues[0]?.message ?? null
}

type Base = { runAt: Date; timeZone: string; template: string; job: string }

function placeFor(
  { operation, destinationPath, isFed }: z.infer<typeof draftSchema>,
  base: Base,
  file: ExampleFile,
) {
  if (operation === 'sync') {
    const folder = fillIn(destinationPath, { ...base, file: null }).replace(/\/$/, '')
    return [folder, file.path].filter(Boolean).join('/')
  }
  const at = isFed && file.modifiedAt ? new Date(file.modifiedAt) : base.runAt
  // What an event tells beside its file is not known before there is one.
  const told = eventNames.map((name) => [name, `‹${name}›`])
  return placeOf(destinationPath, {
    ...base,
    file: { path: file.path, size: file.size, at, detail: Object.fromEntries(told) },
  })
}

/** Looked at: the folder itself and this many of its own folders, so that relative folders show as well. */
const FOLDERS = 3
const IN_A_FOLDER = 8

async function someFiles(ctx: Context, id: string, folder: string): Promise<ExampleFile[]> {
  const { items } = await browseEndpoint({ ctx, id, input: { path: folder, limit: 200 } })
  const below = folder === '' ? 0 : folder.length + 1
  const deeper = await Promise.all(
    items
      .filter(({ isFolder }) => isFolder)
      .slice(0, FOLDERS)
      .map(({ path }) =>
        browseEndpoint({ ctx, id, input: { path, limit: 200 } }).then(
          (page) => page.items.filter(({ isFolder }) => !isFolder).slice(0, IN_A_FOLDER),
          () => [],
        ),
      ),
  )
  const own = items.filter(({ isFolder }) => !isFolder).slice(0, MOST_FILES - FOLDERS * IN_A_FOLDER)
  return [...own, ...deeper.flat()].map(({ path, size, modifiedAt }) => ({
    path: path.slice(below),
    size,
    modifiedAt,
  }))
}
