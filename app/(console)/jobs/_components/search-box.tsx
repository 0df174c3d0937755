'use client'

import { Search } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { Input } from '#app/_components/ui/input.tsx'

/** Typing settles for this long before the list is asked again. */
const SETTLE_MS = 250

/** A search whose words live in the address. */
export function SearchBox({ placeholder }: { placeholder: string }) {
  const router = useRouter()
  const path = usePathname()
  const asked = useSearchParams().get('q') ?? ''
  const [words, setWords] = useState(asked)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** What was typed here and the address may yet say. */
  const sent = useRef<string[]>([])
  const [searching, startSearching] = useTransition()
  useEffect(() => {
    const own = sent.current.indexOf(asked)
    sent.current.splice(0, own + 1)
    if (own >= 0) return
    // Somebody else changed it: a saved view, "Show all", the way back. Typing that follows one's own is left alone.
    clearTimeout(timer.current)
    sent.current = []
    setWords(asked)
  }, [asked])
  useEffect(() => () => clearTimeout(timer.current), [])
  const search = (typed: string) => {
    setWords(typed)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      // As the address is then, not as it was when the typing began.
      const next = new URLSearchParams(window.location.search)
      sent.current.push(typed)
      next.delete('cursor')
      if (typed) next.set('q', typed)
      else next.delete('q')
      startSearching(() => router.replace(`${path}?${next}`, { scroll: false }))
    }, SETTLE_MS)
  }
  return (
    <div className="relative w-full sm:w-60">
      <Search aria-hidden className="absolute top-1/2 left-2 size-3.5 -translate-y-1/2 text-faint" />
      <Input
        type="search"
        aria-label={placeholder}
        placeholder={placeholder}
        value={words}
        onChange={(event) => search(event.target.value)}
        aria-busy={searching}
        className="pl-7"
      />
    </div>
  )
}
