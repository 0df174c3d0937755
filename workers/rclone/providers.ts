import { asksToSignIn, isHiddenType, isSecret, signedInto } from '#lib/backends/option-rules.ts'
import type { Backend } from '#lib/backends/schema.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { allowedCommands, whyRefusedHere } from './refused-here.ts'
import type { Slot } from './slot.ts'

/** As `config/providers` of rclone 1.75 answers, as far as it is read. */
type RawOption = {
  Name: string
  Help: string
  Type: string
  DefaultStr: string
  Required: boolean
  Advanced: boolean
  Exclusive: boolean
  IsPassword: boolean
  Sensitive: boolean
  Provider?: string
  /** Bit 1: not on the command line; bit 2: not in a configurator. */
  Hide: number
  Examples?: { Value: string; Help: string; Provider?: string }[]
}
type RawProvider = { Name: string; Description: string; Options: RawOption[] }

const HIDDEN_FROM_FORMS = 2
/** What sign-ins write that rclone does not describe: a configuration is not whole without. */
const UNDESCRIBED: Record<string, string[]> = {
  jottacloud: ['tokenURL', 'configVersion', 'device', 'mountpoint'],
}
/** Raised when what is made of rclone's answer changes, so that stored ones are made anew. */
const READING = 3

export type Providers = {
  /** Of rclone, of this reading, and of what is allowed here. */
  version: string
  backends: Backend[]
  /** Options of a type whose value rclone wants obscured. */
  passwords: (type: string) => ReadonlySet<string>
  /** Whether rclone refreshes a token of this type. */
  refreshes: (type: string) => boolean
}

/** Asks this machine's own rclone which storage types it has: builds differ. */
export async function readProviders(slot: Slot, rcloneVersion: string): Promise<Providers> {
  const { providers } = await slot.call<{ providers: RawProvider[] }>('config/providers')
  const passwords = new Map(
    providers.map(({ Name, Options }) => {
      return [
        Name,
        new Set(Options.filter((option) => option.IsPassword).map((option) => option.Name)),
      ] as const
    }),
  )
  const oauth = new Set(providers.filter(isOauth).map(({ Name }) => Name))
  return {
    refreshes: (type) => oauth.has(type),
    version: [rcloneVersion, READING, ...allowedCommands().sort()].join(' '),
    backends: providers
      .filter(({ Name }) => !isHiddenType(Name))
      .map(toBackend)
      .sort((a, b) => a.description.localeCompare(b.description, 'en')),
    passwords: (type) => passwords.get(type) ?? new Set(),
  }
}

/** Called required by rclone, which does without all the same (1.75.2). */
const DISPENSABLE = new Set(['compress.level'])

function isOauth({ Options }: Pick<RawProvider, 'Options'>): boolean {
  const names = new Set(Options.map((option) => option.Name))
  return names.has('token') && names.has('token_url')
}

function toBackend({ Name: type, Description, Options }: RawProvider): Backend {
  const names = new Set(Options.map((option) => option.Name))
  const described = type === 'local' ? [] : [...Options, ...(UNDESCRIBED[type] ?? []).map(undescribed)]
  const { fields } = kindOf(type)
  return {
    type,
    description: Description,
    oauth: isOauth({ Options }) || asksToSignIn(type),
    wraps: names.has('upstreams') ? 'many' : names.has('remote') ? 'one' : null,
    options: described.map((option) => ({
      name: option.Name,
      help: option.Help,
      type: option.Type,
      default: option.DefaultStr,
      required: option.Required && !option.DefaultStr && !DISPENSABLE.has(`${type}.${option.Name}`),
      advanced: option.Advanced,
      exclusive: option.Exclusive,
      secret: isSecret({ name: option.Name, isPassword: option.IsPassword, sensitive: option.Sensitive }),
      // Some that a person needs are hidden too, such as the JSON of a service account.
      hidden: (option.Hide & HIDDEN_FROM_FORMS) !== 0 && !isInForm(type, fields, option.Name),
      refused: whyRefusedHere(type, option.Name),
      provider: option.Provider ?? '',
      examples: (option.Examples ?? []).map(({ Value, Help, Provider }) => ({
        value: Value,
        help: Help,
        provider: Provider ?? '',
      })),
    })),
  }
}

function isInForm(type: string, fields: readonly string[], name: string): boolean {
  return fields.includes(name) || name === signedInto({ type, oauth: asksToSignIn(type) })
}

function undescribed(Name: string): RawOption {
  return {
    ...{
      Name,
      Help: 'Written by a sign-in.',
      Type: 'string',
      DefaultStr: '',
      Required: false,
      Advanced: true,
    },
    ...{ Exclusive: false, IsPassword: false, Sensitive: false, Hide: HIDDEN_FROM_FORMS },
  }
}
