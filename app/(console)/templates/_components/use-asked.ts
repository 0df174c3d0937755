'use client'

import { useEffect, useState } from 'react'
import type { FieldIssue } from '#lib/errors.ts'

export type Asked<T> = {
  value: T | null
  /** Why the server refuses, with what is wrong where. */
  refusal: { message: string; issues: FieldIssue[] } | null
  asking: boolean
}

/**
 * Asks a route what it makes of `body` once the typing has settled; the answer of a body that has changed since is
 * not waited for. What was answered last stays meanwhile, so that nothing flickers.
 */
export function useAsked<T>(path: string, body: unknown, settleMs: number): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ value: null, refusal: null, asking: true })
  const text = JSON.stringify(body)
  useEffect(() => {
    const stop = new AbortController()
    setAsked((now) => ({ ...now, asking: true }))
    const timer = setTimeout(async () => {
      try {
        const answer = await fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: text,
          signal: stop.signal,
        })
        const said = await answer.json()
        if (answer.ok) setAsked({ value: said as T, refusal: null, asking: false })
        else {
          const refusal = { message: String(said.detail ?? 'No answer.'), issues: said.errors ?? [] }
          setAsked((now) => ({ ...now, refusal, asking: false }))
        }
      } catch {
        if (stop.signal.aborted) return
        setAsked((now) => ({
          ...now,
          refusal: { message: 'The server did not answer.', issues: [] },
          asking: false,
        }))
      }
    }, settleMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [path, text, settleMs])
  return asked
}
