'use client'

import { useWindowVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Browsers draw nothing farther down than this: Firefox stops at 17.8 million pixels, Chromium at 33. */
const TALLEST = 12_000_000
/** A step this much larger than the window is a drag of the bar, not a turn of the wheel. */
const DRAG_WINDOWS = 3
const SETTLED_MS = 150

type List = Virtualizer<Window, Element>

export type TallList = {
  list: List
  /** The height to draw, never more than browsers can. */
  height: number
  /** Where the first drawn row begins, from the top of what is drawn. */
  start: number
}

/**
 * A list as long as it likes in the window's own scroll bar. Where it is taller than a browser can draw, places of
 * the list and of the bar are two things: near steps move both alike, a drag of the bar is taken as a share of the
 * whole, and once the bar rests it is put where the list really is.
 */
export function useTallList({
  box,
  count,
  rowHeight,
}: {
  box: RefObject<HTMLElement | null>
  count: number
  rowHeight: number
}): TallList {
  /** How much farther down the list is than the bar. */
  const shift = useRef(0)
  const whole = useRef(0)
  const takeAnew = useRef(() => {})
  const list = useWindowVirtualizer<Element>({
    count,
    overscan: 10,
    // The top bar and the phone's bottom bar lie over the list.
    scrollPaddingStart: 54,
    scrollPaddingEnd: 80,
    estimateSize: () => rowHeight,
    // What the server draws, where there is no window to measure.
    initialRect: { width: 1024, height: 900 },
    observeElementOffset: (_, tell) => {
      const top = () => (box.current ? box.current.getBoundingClientRect().top + window.scrollY : 0)
      // As if from the top: a bar that was moved before there was anybody to hear of it was dragged.
      let last = 0
      let settled: ReturnType<typeof setTimeout> | undefined
      const room = () => Math.max(1, Math.min(whole.current, TALLEST) - window.innerHeight)
      const far = () => Math.max(1, whole.current - window.innerHeight)
      const place = (bar: number) => {
        if (whole.current <= TALLEST) return 0
        const edge = bar <= 0 || bar >= room()
        if (!edge && Math.abs(bar - last) < DRAG_WINDOWS * window.innerHeight) return shift.current
        return Math.min(1, Math.max(0, bar / room())) * far() - bar
      }
      const rest = () => {
        if (whole.current > TALLEST) {
          const at = last + shift.current
          const bar = Math.round((Math.min(Math.max(at, 0), far()) / far()) * room())
          if (Math.abs(bar - last) >= 1) {
            shift.current = at - bar
            last = bar
            window.scrollTo({ top: bar + top(), behavior: 'instant' })
          }
        }
        tell(last + shift.current, false)
      }
      const moved = () => {
        const bar = window.scrollY - top()
        shift.current = place(bar)
        last = bar
        tell(Math.max(0, bar + shift.current), true)
        clearTimeout(settled)
        settled = setTimeout(rest, SETTLED_MS)
      }
      takeAnew.current = () => {
        last = 0
        moved()
      }
      moved()
      window.addEventListener('scroll', moved, { passive: true })
      return () => {
        clearTimeout(settled)
        window.removeEventListener('scroll', moved)
      }
    },
    scrollToFn: (offset) => {
      if (!box.current) return
      const top = box.current.getBoundingClientRect().top + window.scrollY
      window.scrollTo({ top: offset - shift.current + top, behavior: 'instant' })
    },
  })
  const total = list.getTotalSize()
  whole.current = total
  const known = useRef(rowHeight)
  // Other rows make another list under the same bar: what stood in its middle is still to stand there.
  useLayoutEffect(() => {
    if (known.current === rowHeight) return
    known.current = rowHeight
    list.measure()
    whole.current = list.getTotalSize()
    takeAnew.current()
  }, [list, rowHeight])
  const first = list.getVirtualItems()[0]
  return { list, height: Math.min(total, TALLEST), start: (first?.start ?? 0) - shift.current }
}

/** The height of a row before it is measured: on a phone it folds into more lines. */
export function useRowHeight(wide: number, narrow: number): number {
  const [height, setHeight] = useState(wide)
  useEffect(() => {
    const media = matchMedia('(min-width: 768px)')
    const take = () => setHeight(media.matches ? wide : narrow)
    take()
    media.addEventListener('change', take)
    return () => media.removeEventListener('change', take)
  }, [wide, narrow])
  return height
}
