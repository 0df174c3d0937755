'use client'

import { useEffect, useState } from 'react'
import { useRefresh } from '../live/use-refresh.ts'
import { useStream } from '../live/use-stream.ts'
import type { Health } from './health.ts'

/** The health that was told last, by the server's page or by the stream; the page is asked for again when it changes. */
export function useHealth(rendered: Health): Health {
  const { health: told } = useStream()
  const refresh = useRefresh()
  const [latest, setLatest] = useState(rendered)
  const { rclone, state } = rendered
  useEffect(() => setLatest({ rclone, state }), [rclone, state])
  useEffect(() => {
    if (told) setLatest(told)
  }, [told])
  const changed = latest.state !== state
  useEffect(() => {
    // What needs a person is on the page, not in the stream.
    if (changed) refresh()
  }, [changed, refresh])
  return latest
}
