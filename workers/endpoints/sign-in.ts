import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { OAuthAnswer, OAuthQuestion } from '#lib/agents/protocol.ts'
import { signedInto } from '#lib/backends/option-rules.ts'
import { endpointSecret, signInSecret } from '#lib/endpoints/seal-settings.ts'
import { type SignInQuestion, signInQuestionSchema } from '#lib/endpoints/sign-in-schema.ts'
import { DomainError, UnavailableError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/secrets/keys.ts'
import { open, seal } from '#lib/secrets/seal.ts'
import type { Providers } from '../rclone/providers.ts'
import { RcError } from '../rclone/rc-client.ts'
import { whyRefusedHere } from '../rclone/refused-here.ts'
import type { Slot } from '../rclone/slot.ts'
import type { ConfigStep } from '../rclone/slot-remotes.ts'
import type { Place } from '../rclone/types.ts'
import { redactor } from '../secrets/redactor.ts'
import { whySettingsClosed } from './closed-hosts.ts'

type Texts = Record<string, string>

const stateSchema = z.object({
  type: z.string(),
  /** What it began with: what differs at the end was found out. */
  given: z.record(z.string(), z.string()),
  config: z.record(z.string(), z.string()),
  /** rclone's name of where it is; '' at the end. */
  at: z.string(),
  question: signInQuestionSchema.nullable(),
})
type State = z.infer<typeof stateSchema>

/** Asked of whoever sits before rclone: here nobody does, and a token that is there is to be replaced. */
const ANSWERED: Record<string, string> = { config_is_local: 'false', config_refresh_token: 'true' }
/** rclone's questions are a dozen at most; a machine that goes in circles must end. */
const MOST_STEPS = 30

/** Runs rclone's own questions for services where one signs in by a browser; what was answered is never kept here. */
export class SignIns {
  readonly #ring: KeyRing | null
  readonly #providers: Providers

  constructor(ring: KeyRing | null, providers: Providers) {
    this.#ring = ring
    this.#providers = providers
  }

  async answer(slot: Slot, asked: OAuthQuestion): Promise<OAuthAnswer> {
    let hidden = (text: string) => text
    try {
      if (asked.step === 'finish') return await this.#finish(asked)
      const state = asked.step === 'begin' ? await this.#begin(slot, asked) : await this.#state(asked)
      const given = asked.step === 'answer' && asked.answer !== null
      const answer = given ? await this.#open(signInSecret(asked.owner, 'answer'), asked.answer!) : null
      hidden = redactor([...this.#secrets(state.type, state.config), ...(answer ? [answer] : [])])
      return await this.#go(slot, asked.owner, state, answer, hidden)
    } catch (error) {
      if (error instanceof DomainError || error instanceof RcError) {
        return { kind: 'refused', message: hidden(error.message) }
      }
      throw error
    }
  }

  async #begin(slot: Slot, asked: Extract<OAuthQuestion, { step: 'begin' }>): Promise<State> {
    const { type, owner } = asked
    const config: Texts = { ...asked.settings }
    for (const [name, sealed] of Object.entries(asked.secrets)) {
      config[name] = await this.#open(signInSecret(owner, name), sealed)
    }
    for (const name of Object.keys(config)) {
      const refused = whyRefusedHere(type, name)
      if (refused) throw new UnavailableError(`${name} is not taken: ${refused}`)
      if (!this.#providers.passwords(type).has(name)) continue
      const { obscured } = await slot.call<{ obscured: string }>('core/obscure', { clear: config[name] })
      config[name] = obscured
    }
    // What was signed in before is to be found anew.
    delete config[signedInto({ type, oauth: true }) ?? '']
    return { type, given: config, config, at: '', question: null }
  }

  async #state({ owner, type, state }: { owner: string; type: string; state: string }): Promise<State> {
    const opened = stateSchema.parse(JSON.parse(await this.#open(signInSecret(owner, 'state'), state)))
    if (opened.type !== type) throw new UnavailableError('This sign-in is for another kind of storage.')
    return opened
  }

  /** Answers what nobody needs to be asked, until there is a question or it is done. */
  async #go(
    slot: Slot,
    owner: string,
    state: State,
    answer: string | null,
    hidden: (text: string) => string,
  ): Promise<OAuthAnswer> {
    let { at, config, question } = state
    let result = answer ?? question?.default ?? ''
    for (let step = 0; step < MOST_STEPS; step += 1) {
      // rclone writes the settings into the command that it shows; a secret must not be told again.
      const told = at.startsWith('*oauth-islocal') ? this.#shown(state.type, config) : config
      const closed = await whySettingsClosed({ type: state.type, root: '', settings: config })
      if (closed) throw new UnavailableError(closed)
      const name = `sign-in-${randomUUID()}`
      const next = await slot.remotes.ask(name, state.type, told, { state: at, result })
      config = { ...config, ...next.config }
      if (next.error !== '' && question !== null) {
        const error = hidden(next.error).trim()
        return this.#step(owner, { ...state, config, at, question }, error)
      }
      if (next.error !== '') throw new UnavailableError(next.error)
      at = next.state
      if (at === '') return this.#step(owner, { ...state, config, at, question: null }, null)
      if (!next.option) {
        result = next.result
        continue
      }
      question = questionOf(next.option, hidden)
      const own = ANSWERED[question.name]
      if (own === undefined) return this.#step(owner, { ...state, config, at, question }, null)
      result = own
    }
    throw new UnavailableError('rclone asks in circles. Begin again.')
  }

  async #step(owner: string, state: State, error: string | null): Promise<OAuthAnswer> {
    const done = state.at === '' && state.question === null
    const text = await this.#seal(signInSecret(owner, 'state'), JSON.stringify(state))
    const settings = done ? this.#shown(state.type, foundIn(state)) : {}
    return { kind: 'step', state: text, done, question: state.question, error, settings }
  }

  async #finish(asked: Extract<OAuthQuestion, { step: 'finish' }>): Promise<OAuthAnswer> {
    const state = await this.#state(asked)
    // Not every storage without OAuth gives something to keep.
    if (state.at !== '' || (this.#providers.refreshes(state.type) && !state.config.token)) {
      throw new UnavailableError('This sign-in is not finished: there is no token yet.')
    }
    const found = foundIn(state)
    const settings = this.#shown(state.type, found)
    const secrets: Texts = {}
    for (const [name, value] of Object.entries(found)) {
      if (!(name in settings)) secrets[name] = await this.#seal(endpointSecret(asked.row, name), value)
    }
    return { kind: 'finished', settings, secrets }
  }

  /** The state with the token that the slot's rclone has by now; null where that is the one it was given. */
  async renewed(
    slot: Slot,
    { owner, state }: { owner: string; state: string | null },
    { type, settings = {}, remote }: Place,
  ): Promise<string | null> {
    const now = remote && (await slot.remotes.read(remote).catch(() => null))?.token
    if (!now || now === settings.token) return null
    const begun = state === null ? null : await this.#state({ owner, type, state })
    const { given, config } = begun ?? { given: {}, config: {} }
    const renewed: State = { type, given, config: { ...config, token: now }, at: '', question: null }
    return this.#seal(signInSecret(owner, 'state'), JSON.stringify(renewed))
  }

  /** Settings that rclone describes and that are no secrets. What it does not describe is rather kept sealed. */
  #shown(type: string, config: Texts): Texts {
    const options = this.#providers.backends.find((backend) => backend.type === type)?.options ?? []
    const open = new Set(options.filter(({ secret, refused }) => !secret && !refused).map(({ name }) => name))
    return Object.fromEntries(Object.entries(config).filter(([name]) => open.has(name)))
  }

  #secrets(type: string, config: Texts): string[] {
    const shown = this.#shown(type, config)
    return Object.entries(config).flatMap(([name, value]) => (name in shown ? [] : [value]))
  }

  #open(place: Parameters<typeof open>[1], sealed: string): Promise<string> {
    return open(this.#keys(), place, sealed)
  }

  #seal(place: Parameters<typeof seal>[1], text: string): Promise<string> {
    return seal(this.#keys()[0].public, place, text)
  }

  #keys(): KeyRing {
    if (this.#ring) return this.#ring
    throw new UnavailableError('This worker was given no FILE_ORBIT_SECRET_KEY, so nobody can sign in.')
  }
}

function foundIn({ config, given }: State): Texts {
  return Object.fromEntries(Object.entries(config).filter(([name, value]) => given[name] !== value))
}

const AUTHORIZE = /rclone authorize "([^"]+)"(?: "([A-Za-z0-9_-]+)")?/

function questionOf(
  option: NonNullable<ConfigStep['option']>,
  hidden: (text: string) => string,
): SignInQuestion {
  const [, type, config] = AUTHORIZE.exec(option.Help) ?? []
  const decoded = config ? Buffer.from(config, 'base64url').toString('utf8') : '{}'
  return {
    name: option.Name,
    help: hidden(option.Help).trim(),
    type: option.Type,
    default: option.DefaultStr,
    required: option.Required,
    exclusive: option.Exclusive,
    secret: option.IsPassword || option.Sensitive || option.Name === 'config_token',
    choices: (option.Examples ?? []).map(({ Value, Help }) => ({ value: Value, help: hidden(Help) })),
    authorize: type ? { type, config: JSON.parse(decoded) as Texts } : null,
  }
}
