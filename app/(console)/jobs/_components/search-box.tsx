'use client'

import { Search } from 'lucide-react'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useRef, useTransition } from 'react'
import { Input } from '#app/_components/ui/input.tsx'

/** Typing settles for this long before the list is asked again. */
const SETTLE_MS = 250

/** A search whose words live in the address. */
export function SearchBox({ placeholder }: { placeholder: string }) {
  const router = useRouter()
  const path = usePathname()
  const query = useSearchParams()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [searching, startSearching] = useTransition()
  const search = (words: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      // As the address is then, not as it was when the typing began.
      const next = new URLSearchParams(window.location.search)
      next.delete('cursor')
      if (words) next.set('q', words)
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
        defaultValue={query.get('q') ?? ''}
        onChange={(event) => search(event.target.value)}
        aria-busy={searching}
        className="pl-7"
      />
    </div>
  )
}
