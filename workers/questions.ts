import { setTimeout as sleep } from 'node:timers/promises'
import {
  type HostKeyAnswer,
  hostKeyQuestionSchema,
  type OAuthAnswer,
  oauthQuestionSchema,
  testQuestionSchema,
} from '#lib/agents/protocol.ts'
import type { Question } from '#lib/agents/questions.ts'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import {
  type ReadConfigAnswer,
  readConfigQuestionSchema,
  type WriteConfigAnswer,
  writeConfigQuestionSchema,
} from '#lib/rclone-conf/protocol.ts'
import type { ControlPlane } from './control-plane/types.ts'
import { readHostKey } from './endpoints/host-key.ts'
import { connectTo, resolveHost } from './endpoints/reach.ts'
import type { SignIns } from './endpoints/sign-in.ts'
import { testPlace } from './endpoints/test-endpoint.ts'
import type { FileDesk } from './files/desk.ts'
import type { SlotPool } from './rclone/pool.ts'
import type { Slot } from './rclone/slot.ts'
import { type ConfigDesk, readConfig } from './rclone-conf/read-config.ts'
import { writeConfig } from './rclone-conf/write-config.ts'
import type { OpenedPlace, PlaceOpener } from './secrets/place-opener.ts'
import type { OpenedToken, TokenKeeper } from './secrets/token-keeper.ts'
import { testQueue } from './sqs/test-queue.ts'

type Parts = { opener: PlaceOpener; signIns: SignIns; keeper: TokenKeeper; desk: ConfigDesk; files: FileDesk }
/** Those that are answered on a slot, and the others: the compiler sees that each kind is answered somewhere. */
const SLOTTED = ['test', 'oauth', 'readConfig', 'writeConfig'] as const
type Slotted = Question & { kind: (typeof SLOTTED)[number] }
type Unslotted = Question & { kind: Exclude<Question['kind'], Slotted['kind']> }
type Noting = { onOpened: (opened: OpenedPlace) => void }

/** Questions under way at a time, each on a slot of its own. */
export const QUESTION_SLOTS = 4
/** Of these so many at one place: a storage that hangs must not keep people from looking at the others. */
const MOST_AT_A_PLACE = 2

/** Answers what the control plane asks about storages, on slots of its own: attempts keep theirs to themselves. */
export class Answerer {
  readonly #plane: ControlPlane
  readonly #pool: SlotPool
  readonly #opener: PlaceOpener
  readonly #signIns: SignIns
  readonly #keeper: TokenKeeper
  readonly #desk: ConfigDesk
  readonly #files: FileDesk
  /** By question the place it asks about. */
  readonly #underWay = new Map<string, string>()
  #taking = false
  #lookAgain = false

  constructor(plane: ControlPlane, pool: SlotPool, parts: Parts) {
    this.#signIns = parts.signIns
    this.#keeper = parts.keeper
    this.#desk = parts.desk
    this.#files = parts.files
    this.#plane = plane
    this.#pool = pool
    this.#opener = parts.opener
  }

  /** Takes questions while there is a slot for them, and looks again after each. */
  async answerAll(): Promise<void> {
    this.#lookAgain = true
    if (this.#taking) return
    this.#taking = true
    try {
      while (this.#lookAgain && this.#underWay.size < QUESTION_SLOTS) {
        this.#lookAgain = false
        const question = await this.#plane.question(this.#busyRoots())
        if (!question) continue
        this.#lookAgain = true
        // Host keys hold no slot and soon end: those of many servers, some of them away, are asked for at once.
        if (question.kind !== 'hostKey') this.#underWay.set(question.id, placeAsked(question))
        void this.#answer(question).finally(() => {
          this.#underWay.delete(question.id)
          void this.answerAll()
        })
      }
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not take a question')
    } finally {
      this.#taking = false
    }
  }

  #busyRoots(): string[] {
    const roots = [...this.#underWay.values()]
    return roots.filter((root) => roots.filter((other) => other === root).length >= MOST_AT_A_PLACE)
  }

  /** Nobody waits for an answer that comes too late: whatever hangs is let go of, with its slot. */
  async #answer(question: Slotted | Unslotted): Promise<void> {
    const late = sleep(question.remainingMs, 'late' as const, { ref: false })
    try {
      if (!isSlotted(question)) {
        const answer = await Promise.race([late, this.#withoutSlot(question)])
        if (answer !== 'late') await this.#plane.answer(question.id, answer)
        return
      }
      const slot = await this.#pool.acquire()
      const tokens: OpenedToken[] = []
      const parts = {
        ...{ opener: this.#opener, signIns: this.#signIns, desk: this.#desk },
        onOpened: (opened: OpenedPlace) => void tokens.push(...opened.tokens),
      }
      try {
        const answer = await Promise.race([late, answerTo(slot, parts, question)])
        // First: whoever has the answer may ask again at once, with the token that is kept by then.
        if (answer !== 'late') await this.#keeper.look(slot, tokens)
        if (answer === 'late') slot.doubt()
        else await this.#plane.answer(question.id, answer)
      } finally {
        await this.#keeper.end(slot, tokens)
        this.#pool.release(slot, await slot.reset(question.id))
      }
    } catch (error) {
      log.warn({ err: messageOf(error) }, 'could not answer a question')
    }
  }

  /** Host keys and queues need none; what is about single files has slots of its own, held for longer than an answer takes. */
  #withoutSlot({ kind, input }: Unslotted): Promise<unknown> {
    switch (kind) {
      case 'hostKey':
        return hostKey(hostKeyQuestionSchema.parse(input))
      case 'browse':
        return this.#files.browse(input)
      case 'fileDeed':
        return this.#files.deed(input)
      case 'passage':
        return this.#files.passage(input)
      case 'testQueue':
        return testQueue(this.#desk.ring, input)
    }
  }
}

function isSlotted(question: Slotted | Unslotted): question is Slotted {
  return (SLOTTED as readonly string[]).includes(question.kind)
}

/** As takeQuestion tells places apart (lib/agents/questions.ts). */
function placeAsked({ input }: Question): string {
  const { type, row, root, host } = input as Record<string, unknown>
  return [type, row, root, host].filter((part) => typeof part === 'string').join(' ')
}

async function answerTo(
  slot: Slot,
  { opener, signIns, desk, onOpened }: Omit<Parts, 'keeper' | 'files'> & Noting,
  { kind, input }: Slotted,
): Promise<TestResult | OAuthAnswer | ReadConfigAnswer | WriteConfigAnswer> {
  switch (kind) {
    case 'test': {
      const { write, signIn, ...place } = testQuestionSchema.parse(input)
      let opened: OpenedPlace | undefined
      const result = await testPlace(slot, opener, place, {
        write,
        onOpened: (one) => {
          opened = one
          onOpened(one)
        },
      })
      const renewed = signIn && opened ? await signIns.renewed(slot, signIn, opened.place) : null
      return { ...result, ...(renewed && { signIn: renewed }) }
    }
    case 'oauth':
      return signIns.answer(slot, oauthQuestionSchema.parse(input))
    case 'readConfig':
      return readConfig(desk, slot.folder, readConfigQuestionSchema.parse(input))
    case 'writeConfig':
      return writeConfig(desk, slot, opener, writeConfigQuestionSchema.parse(input))
  }
}

/** What an SSH server shows; nothing of an account is sent to it. */
async function hostKey({ host, port }: { host: string; port: number }): Promise<HostKeyAnswer> {
  const address = { host, port, secure: 'ssh' as const }
  const resolved = await resolveHost(address)
  if (typeof resolved !== 'string') return { ok: false, at: 'host', message: resolved.message }
  const connected = await connectTo(address)
  if (typeof connected !== 'string') return { ok: false, at: 'port', message: connected.message }
  try {
    return { ok: true, ...(await readHostKey(host, port)) }
  } catch (error) {
    return { ok: false, at: 'port', message: `No SSH server answers at ${host}:${port}: ${messageOf(error)}` }
  }
}
