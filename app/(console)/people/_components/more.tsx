import Link from 'next/link'
import { Button } from '#app/_components/ui/button.tsx'

/** To the next page of a list, when there is one. */
export function More({ href, cursor }: { href: string; cursor: string | null }) {
  if (cursor === null) return null
  return (
    <div className="mt-3 flex justify-end">
      <Button asChild>
        <Link href={`${href}cursor=${cursor}`}>More</Link>
      </Button>
    </div>
  )
}
