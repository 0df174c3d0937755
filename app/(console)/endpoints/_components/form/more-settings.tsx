'use client'

import { type ReactNode, useState } from 'react'
import { Input } from '#app/_components/ui/input.tsx'
import type { BackendOption } from '#lib/backends/schema.ts'

export type MoreSettingsProps = {
  options: BackendOption[]
  /** How many of them have a value. */
  set: number
  /** One of them is wrong: it must be seen. */
  isWrong: (name: string) => boolean
  children: (option: BackendOption) => ReactNode
}

/** All other settings of rclone, folded away, found by a word of their name or help. */
export function MoreSettings({ options, set, isWrong, children }: MoreSettingsProps) {
  const [isOpen, setOpen] = useState(false)
  const [word, setWord] = useState('')
  if (options.length === 0) return null
  const anyWrong = options.some(({ name }) => isWrong(name))
  const wanted = word.trim().toLowerCase()
  const found = options.filter(({ name, help }) => {
    if (wanted === '' || isWrong(name)) return true
    return (
      name.replaceAll('_', ' ').includes(wanted.replaceAll('_', ' ')) || help.toLowerCase().includes(wanted)
    )
  })
  const shown = isOpen || anyWrong
  return (
    <details open={shown} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
        More settings
        <span className="text-faint">
          {' '}
          {options.length}
          {set > 0 && `, ${set} set`}
        </span>
      </summary>
      {/* Amazon's alone are sixty fields: made when they are wanted. */}
      {shown && (
        <div className="mt-3 grid gap-4 border-l pl-4">
          <Input
            type="search"
            aria-label="Search in the settings"
            placeholder="Search in the settings"
            value={word}
            onChange={(event) => setWord(event.target.value)}
            onKeyDown={(event) => {
              // A search is not the form.
              if (event.key === 'Enter') event.preventDefault()
            }}
            className="max-w-72"
          />
          {found.map(children)}
          {found.length === 0 && <p className="text-muted-foreground">No setting speaks of “{word}”.</p>}
        </div>
      )}
    </details>
  )
}
