'use client'

import Link from 'next/link'
import { useId, useState } from 'react'
import { KindIcon } from '#app/_components/kind-icon.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { KindGroup } from '#lib/endpoints/kinds/kind.ts'
import type { OfferedKind } from '#lib/endpoints/offered-kinds.ts'

const groups: { key: Exclude<KindGroup, 'others'>; title: string }[] = [
  { key: 'shares', title: 'Servers and shares' },
  { key: 'buckets', title: 'Buckets' },
  { key: 'drives', title: 'Drives in the cloud' },
  { key: 'over', title: 'Over other endpoints' },
]

/** The first step: which kind of storage. Those that are used most in groups, every other one a search away. */
export function KindPicker({ kinds }: { kinds: OfferedKind[] }) {
  const [word, setWord] = useState('')
  const wanted = word.trim().toLowerCase()
  const found = kinds.filter(({ type, label, sentence }) =>
    `${type} ${label} ${sentence}`.toLowerCase().includes(wanted),
  )
  const others = kinds.filter(({ group }) => group === 'others').length
  return (
    <div className="grid gap-6">
      <div>
        <Input
          type="search"
          aria-label="Search for a storage"
          placeholder="Search for a storage"
          value={word}
          onChange={(event) => setWord(event.target.value)}
          className="max-w-80"
        />
        <p role="status" className="mt-1.5 text-sm text-muted-foreground">
          {wanted !== ''
            ? `${found.length} of ${kinds.length} kinds`
            : others > 0 &&
              `${others} more kinds that rclone knows are found by their name, such as Box or Swift.`}
        </p>
      </div>
      {wanted === '' ? (
        groups.map(({ key, title }) => (
          <Group key={key} title={title} kinds={kinds.filter(({ group }) => group === key)} />
        ))
      ) : (
        <Group title="Found" kinds={found} />
      )}
    </div>
  )
}

function Group({ title, kinds }: { title: string; kinds: OfferedKind[] }) {
  const id = useId()
  if (kinds.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 text-muted-foreground">
        {title}
      </h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        {kinds.map(({ type, label, sentence }) => (
          <li
            key={type}
            className="relative grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 rounded-lg border bg-card px-3.5 py-2.5 shadow-lift hover:border-input/70 has-[a:focus-visible]:border-primary"
          >
            <KindIcon type={type} className="mt-0.5 size-4" />
            <div className="min-w-0">
              <Link
                href={`/endpoints/new?type=${encodeURIComponent(type)}`}
                className="font-medium outline-none after:absolute after:inset-0"
              >
                {label}
              </Link>
              {sentence && <p className="text-sm text-muted-foreground">{sentence}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
