import { type BrowseAnswer, browseQuestionSchema, testQuestionSchema } from '#lib/agents/protocol.ts'
import type { Question } from '#lib/agents/questions.ts'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { log } from '#lib/log.ts'
import type { ControlPlane } from './control-plane/types.ts'
import { reasonOf } from './rclone/outcome.ts'
import { listFolder, statPath } from './rclone/places.ts'
import type { SlotPool } from './rclone/pool.ts'
import type { Slot } from './rclone/slot.ts'
import type { Place } from './rclone/types.ts'
import { whyOutside } from './transfer/real-paths.ts'

type Asked = Place & { roots: string[] | null }

/** Answers what the control plane asks about storages, on a slot of its own: attempts keep theirs to themselves. */
export class Answerer {
  readonly #plane: ControlPlane
  readonly #pool: SlotPool

  constructor(plane: ControlPlane, pool: SlotPool) {
    this.#plane = plane
    this.#pool = pool
  }

  async answerAll(): Promise<void> {
    try {
      const questions = await this.#plane.questions()
      await Promise.all(questions.map((question) => this.#answer(question)))
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not answer a question')
    }
  }

  async #answer(question: Question): Promise<void> {
    const slot = await this.#pool.acquire()
    try {
      await this.#plane.answer(question.id, await answerTo(slot, question))
    } finally {
      this.#pool.release(slot, await slot.reset(question.id))
    }
  }
}

async function answerTo(slot: Slot, { kind, input }: Question): Promise<BrowseAnswer | TestResult> {
  switch (kind) {
    case 'browse': {
      const { offset, limit, ...place } = browseQuestionSchema.parse(input)
      return browse(slot, place, offset, limit)
    }
    case 'test':
      return test(slot, testQuestionSchema.parse(input))
  }
}

async function browse(slot: Slot, asked: Asked, offset: number, limit: number): Promise<BrowseAnswer> {
  const outside = await whyOutside(asked, asked.roots)
  if (outside) return { ok: false, cause: 'outside_roots', message: outside }
  try {
    const kind = await statPath(slot, placeOf(asked))
    if (kind !== 'folder') {
      const what = kind === 'missing' ? 'There is no such folder.' : 'This is a file, not a folder.'
      return { ok: false, cause: kind === 'missing' ? 'source_missing' : 'not_a_folder', message: what }
    }
    const entries = await listFolder(slot, placeOf(asked))
    const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare
    entries.sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || order(a.name, b.name))
    const page = entries.slice(offset, offset + limit)
    return {
      ok: true,
      more: entries.length > offset + limit,
      entries: page.map((entry) => ({
        ...entry,
        size: entry.size ?? 0,
        modifiedAt: entry.modifiedAt?.toISOString() ?? null,
      })),
    }
  } catch (error) {
    return { ok: false, ...reasonOf(messageOf(error)) }
  }
}

async function test(slot: Slot, asked: Asked): Promise<TestResult> {
  const stages: TestResult['stages'] = []
  const stage = async (name: string, check: () => Promise<{ cause: string; message: string } | string>) => {
    const began = performance.now()
    const found = await check()
    const ok = typeof found === 'string'
    stages.push({
      stage: name,
      ok,
      ms: Math.round((performance.now() - began) * 10) / 10,
      cause: ok ? null : found.cause,
      message: ok ? found : found.message,
    })
    return ok
  }
  const ok =
    (await stage('roots', async () => {
      const outside = await whyOutside(asked, asked.roots)
      return outside
        ? { cause: 'outside_roots', message: outside }
        : 'The folder lies inside the allowed ones.'
    })) && (await stage('list', () => list(slot, placeOf(asked))))
  return { ok, stages }
}

async function list(slot: Slot, place: Place): Promise<{ cause: string; message: string } | string> {
  try {
    const kind = await statPath(slot, place)
    if (kind === 'missing') return { cause: 'source_missing', message: `${place.root} does not exist.` }
    if (kind !== 'folder') return { cause: 'not_a_folder', message: `${place.root} is not a folder.` }
    const { length } = await listFolder(slot, place)
    return `Listed ${length} ${length === 1 ? 'entry' : 'entries'}.`
  } catch (error) {
    return reasonOf(messageOf(error))
  }
}

function placeOf({ type, root, path, settings }: Asked): Place {
  return { type, root, path, ...(type !== 'local' && settings && { settings }) }
}

/** rclone's refusal or the file system's own (EACCES, ELOOP): both are words about the storage. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
