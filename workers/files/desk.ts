import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type BrowseAnswer,
  browseQuestionSchema,
  type FileDeedAnswer,
  type FileDeedQuestion,
  fileDeedQuestionSchema,
  type PassageAnswer,
  type PassageQuestion,
  passageQuestionSchema,
} from '#lib/agents/protocol.ts'
import { messageOf } from '#lib/errors.ts'
import type { AskedPlace } from '../endpoints/asked-place.ts'
import { takesStreams } from '../endpoints/storage-facts.ts'
import { reasonOf } from '../rclone/outcome.ts'
import { statPath } from '../rclone/places.ts'
import type { SlotPool } from '../rclone/pool.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import type { OpenedPlace, PlaceOpener } from '../secrets/place-opener.ts'
import { redactor } from '../secrets/redactor.ts'
import type { TokenKeeper } from '../secrets/token-keeper.ts'
import { countAt, countFile, countLocal } from './count.ts'
import { sendLocal, sendRemote } from './download.ts'
import { Listings } from './listings.ts'
import { attempt, deleteLocal, makeLocalFolder, missing, renameLocal } from './local-deeds.ts'
import { PassageServer, refuse } from './passage-server.ts'
import { realPlace, whyElsewhere } from './real-place.ts'
import { deleteRemote, makeRemoteFolder, renameRemote } from './remote-deeds.ts'
import { type OpenRoom, roomOn } from './room.ts'
import { receiveLocal, receiveRemote, whyTaken } from './upload.ts'

/** Files that pass at a time: each has an rclone of its own, of 70 MB and more. */
const MOST_PASSAGES = 4
/** Below the 15 s in which a question is answered. */
const PATIENCE_MS = 5_000

/** Answers what is asked about single files and folders of endpoints, on slots that neither attempts nor tests wait for. */
export class FileDesk {
  readonly #pool: SlotPool
  readonly #room: OpenRoom
  readonly #listings: Listings
  readonly #passages: PassageServer
  #passing = 0

  private constructor(pool: SlotPool, opener: PlaceOpener, keeper: TokenKeeper, passages: PassageServer) {
    this.#pool = pool
    this.#room = roomOn(pool, opener, keeper)
    this.#listings = new Listings(this.#room)
    this.#passages = passages
  }

  static async open(
    pool: SlotPool,
    opener: PlaceOpener,
    keeper: TokenKeeper,
    dataDir: string,
  ): Promise<FileDesk> {
    return new FileDesk(pool, opener, keeper, await PassageServer.open(dataDir))
  }

  browse(input: unknown): Promise<BrowseAnswer> {
    return this.#listings.answer(browseQuestionSchema.parse(input))
  }

  async deed(input: unknown): Promise<FileDeedAnswer> {
    const { deed, ...asked } = fileDeedQuestionSchema.parse(input)
    const answer = await this.#room(asked, async (slot, opened) => {
      try {
        return await doDeed(slot, opened, asked, deed)
      } catch (error) {
        return refusalIn(opened, error)
      }
    })
    if (deed.do !== 'count') this.#listings.forget(asked.row)
    return answer
  }

  /** Whether the file may pass now, and the ticket for it. All is looked at again when it does. */
  async passage(input: unknown): Promise<PassageAnswer> {
    const asked = passageQuestionSchema.parse(input)
    // One that has just ended may still be giving its rclone back.
    for (const until = performance.now() + PATIENCE_MS; this.#passing >= MOST_PASSAGES; await sleep(50)) {
      if (performance.now() > until) break
    }
    if (this.#passing >= MOST_PASSAGES) {
      const message = `${MOST_PASSAGES} files are on their way through this worker already. Try again in a moment.`
      return { ok: false, cause: 'busy', message }
    }
    this.#passing += 1
    const leave = () => {
      this.#passing -= 1
    }
    const refused = await this.#room(asked, async (slot, opened) => {
      try {
        return await whyNot(slot, opened, asked)
      } catch (error) {
        return refusalIn(opened, error)
      }
    }).catch((error: unknown) => {
      leave()
      throw error
    })
    if (refused) {
      leave()
      return refused
    }
    const pass = (request: IncomingMessage, response: ServerResponse) =>
      this.#pass(asked, request, response).finally(leave)
    return { ok: true, socket: this.#passages.socket, ticket: this.#passages.issue(pass, leave) }
  }

  async close(): Promise<void> {
    await this.#passages.close()
    await this.#listings.close()
    await this.#pool.close()
  }

  async #pass(asked: PassageQuestion, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { way, overwrite, roots } = asked
    if (request.method !== (way === 'download' ? 'GET' : 'PUT')) {
      return refuse(response, {
        ok: false,
        cause: 'ticket',
        message: 'The ticket is for the other direction.',
      })
    }
    const refused = await this.#room(asked, async (slot, opened) => {
      const { place, secrets } = opened
      if (way === 'download') {
        if (place.type === 'local') await sendLocal(place, roots, request, response)
        else await sendRemote(slot, place, redactor(secrets), request, response)
        return null
      }
      const landed = await receive(slot, place, { overwrite, roots, request }).catch((error: unknown) =>
        refusalIn(opened, error),
      )
      this.#listings.forget(asked.row)
      if (!landed.ok) return landed
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ size: landed.size }))
      return null
    })
    if (refused) refuse(response, refused)
    // What is left of a body that nobody takes.
    request.resume()
  }
}

async function receive(
  slot: Slot,
  place: Place,
  { overwrite, roots, request }: Pick<PassageQuestion, 'overwrite' | 'roots'> & { request: IncomingMessage },
) {
  if (place.type === 'local') return receiveLocal(place, roots, overwrite, request)
  const streams = await takesStreams(slot, place)
  return receiveRemote(slot, place, { overwrite, streams, request })
}

async function doDeed(
  slot: Slot,
  { place, localBasesAt }: OpenedPlace,
  { roots }: AskedPlace,
  deed: FileDeedQuestion['deed'],
): Promise<FileDeedAnswer> {
  const local = place.type === 'local'
  switch (deed.do) {
    case 'makeFolder':
      return local ? makeLocalFolder(place, roots) : makeRemoteFolder(slot, place)
    case 'rename':
      if (local) return renameLocal(place, deed.to, roots)
      return (await whyElsewhere(await localBasesAt(deed.to), roots)) ?? renameRemote(slot, place, deed.to)
    case 'delete':
      return local ? deleteLocal(place, deed.recursive, roots) : deleteRemote(slot, place, deed.recursive)
    case 'count': {
      const kind = await statPath(slot, place)
      if (kind === 'missing') return missing()
      if (kind === 'file') return { ok: true, count: await countFile(slot, place) }
      if (!local) return { ok: true, count: await countAt(slot, place) }
      const at = await realPlace(place, roots)
      return 'cause' in at ? at : attempt(async () => ({ ok: true, count: await countLocal(at.real) }))
    }
  }
}

async function whyNot(slot: Slot, { place }: OpenedPlace, { way, overwrite }: PassageQuestion) {
  if (way === 'upload') return whyTaken(slot, place, overwrite)
  const kind = await statPath(slot, place)
  if (kind === 'file') return null
  if (kind === 'missing') return missing()
  return {
    ok: false as const,
    cause: 'cannot',
    message: 'Only a single file can be downloaded; for a folder start a transfer.',
  }
}

function refusalIn({ secrets }: OpenedPlace, error: unknown) {
  const { cause, message } = reasonOf(messageOf(error))
  return { ok: false as const, cause, message: redactor(secrets)(message) }
}
