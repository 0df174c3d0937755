'use client'

import { useEffect, useRef, useState } from 'react'

// Figures come once a second at most: a step takes as long, and twelve pictures a second are enough for digits.
const STEP_MS = 1000
const FRAME_MS = 80

/**
 * Follows `target` without jumping. A figure that falls (another attempt, another job) is taken at once, and so is
 * every figure where the person asked for less motion or the tab is hidden.
 */
export function useSmooth(target: number): number {
  const [shown, setShown] = useState(target)
  const current = useRef(target)
  useEffect(() => {
    const from = current.current
    const take = (value: number) => {
      current.current = value
      setShown(value)
    }
    if (target <= from || document.hidden || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      take(target)
      return
    }
    const start = performance.now()
    let last = start
    let frame = requestAnimationFrame(function draw(now) {
      const share = Math.min(1, (now - start) / STEP_MS)
      if (share === 1) {
        take(target)
        return
      }
      if (now - last >= FRAME_MS) {
        last = now
        take(from + (target - from) * share)
      }
      frame = requestAnimationFrame(draw)
    })
    return () => cancelAnimationFrame(frame)
  }, [target])
  return shown
}
