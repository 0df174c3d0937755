import type { Context } from '#lib/context.ts'
import type { SecretPlace } from '#lib/secrets/seal.ts'

/** Where a secret of an endpoint is kept; the agent opens it by the same words. */
export function endpointSecret(row: string, option: string): SecretPlace {
  return { table: 'endpoints', row, field: option }
}

/** What is sealed while somebody signs in, each for who began it: settings by their names, `answer`, `state`. */
export function signInSecret(owner: string, field: string): SecretPlace {
  return { table: 'sign-ins', row: owner, field }
}

/** Each secret sealed for its place in this row. */
export async function sealSettings(
  ctx: Pick<Context, 'seal'>,
  row: string,
  secrets: Record<string, string>,
): Promise<Record<string, string>> {
  const sealed = await Promise.all(
    Object.entries(secrets).map(async ([option, text]) => {
      return [option, await ctx.seal(endpointSecret(row, option), text)] as const
    }),
  )
  return Object.fromEntries(sealed)
}

/** A creation's input without its secrets: what is kept of it for repetitions must not help anybody to guess them. */
export function withoutSecrets<T extends { settings: object }>(values: T, secrets: object): T {
  const shown = Object.entries(values.settings).map(([name, value]) => [name, name in secrets ? '' : value])
  return { ...values, settings: Object.fromEntries(shown) }
}
