import { lookup } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { whyNotCalled } from '#lib/endpoints/hosts.ts'
import type { PingOutcome } from '#lib/schedules/pings.ts'

const TIMEOUT_MS = 10_000

class Refused extends Error {}

/**
 * Posts JSON to an address that a person has given. What its name leads to is looked at by the very lookup whose answer
 * is connected to, so that a name cannot lead somewhere else in between; no redirect is followed. Never throws.
 */
export function callUrl(url: string, body: unknown, timeoutMs = TIMEOUT_MS): Promise<PingOutcome> {
  return new Promise((resolve) => {
    const { promise: late, cancel } = timeout(timeoutMs)
    const end = (outcome: PingOutcome) => {
      cancel()
      request?.destroy()
      resolve(outcome)
    }
    let request: ReturnType<typeof requestHttp> | undefined
    try {
      const { protocol, hostname } = new URL(url)
      // An address in the URL itself is not looked up.
      const literal = hostname.replace(/^\[|\]$/g, '')
      const refused = isIP(literal) ? whyNotCalled(literal) : null
      if (refused) return end({ error: refused })
      const text = JSON.stringify(body)
      const call = protocol === 'https:' ? requestHttps : requestHttp
      request = call(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'user-agent': 'file-orbit',
        },
        // A connection of its own: one that is kept would not be looked up again.
        agent: false,
        lookup: checkedLookup,
      })
      request.once('response', ({ statusCode = 0 }) => {
        const redirect = `It answered with a redirect (${statusCode}), which is not followed.`
        end(statusCode >= 300 && statusCode < 400 ? { error: redirect } : { status: statusCode })
      })
      request.on('error', (error: NodeJS.ErrnoException) => end({ error: sentenceOf(error) }))
      request.end(text)
    } catch (error) {
      end({ error: sentenceOf(error as Error) })
    }
    void late.then(() => end({ error: `It did not answer within ${timeoutMs / 1000} s.` }))
  })
}

const checkedLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 4)
    const refused = found.map(({ address }) => whyNotCalled(address)).find((why) => why !== null)
    if (refused || found.length === 0) return done(new Refused(refused ?? 'It has no address.'), '', 4)
    if (options.all) return done(null, found)
    done(null, found[0]!.address, found[0]!.family)
  })
}

function sentenceOf(error: NodeJS.ErrnoException): string {
  if (error instanceof Refused) return error.message
  return `It cannot be reached (${error.code ?? error.message}).`
}

function timeout(ms: number): { promise: Promise<void>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  return { promise, cancel: () => clearTimeout(timer) }
}
