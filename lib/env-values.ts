import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { runsCommand } from '#lib/backends/option-rules.ts'
import { keyWords, parseKeyRing, parsePublicKey, WRAPPED_KEY } from '#lib/secrets/keys.ts'

// The kinds of values that settings have.

export function wholeNumber(least: number, most: number, unset: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: `a whole number from ${least} to ${most}`, abort: true })
    .transform(Number)
    .refine((number) => number >= least && number <= most, {
      error: `a whole number from ${least} to ${most}`,
    })
    .default(unset)
}

export function list(isOne: (entry: string) => boolean, { error }: { error: string }) {
  return z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
    .refine((entries) => entries.every(isOne), { error })
}

export function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)]
  return most !== undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}

export function toAbsolute(path: string): string {
  return resolve(path)
}

export function isPostgresUrl(text: string): boolean {
  return ['postgres:', 'postgresql:'].includes(URL.parse(text)?.protocol ?? '')
}

export function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
}

/** What it says is who somebody is: over plain HTTP anyone on the way could say it. Loopback has no way. */
export function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  if (!url) return false
  if (url.search !== '' || url.hash !== '' || url.username !== '') return false
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)
}

export function isCommandOption(text: string): boolean {
  const [, name = ''] = /^[a-z0-9]+\.([a-z0-9_]+)$/.exec(text) ?? []
  return runsCommand(name)
}

export function isKeyRing(text: string): boolean {
  try {
    const plain = keyWords(text).filter((word) => !WRAPPED_KEY.test(word))
    return plain.length < keyWords(text).length || parseKeyRing(plain.join(' ')).length > 0
  } catch {
    return false
  }
}

export function isPublicKey(text: string): boolean {
  try {
    return parsePublicKey(text).raw.length > 0
  } catch {
    return false
  }
}
