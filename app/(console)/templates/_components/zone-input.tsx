'use client'

import { type ComponentProps, useEffect, useId, useState } from 'react'
import { Input } from '#app/_components/ui/input.tsx'

/** A time zone, typed with the browser's own list of names to choose from. */
export function ZoneInput(props: Omit<ComponentProps<'input'>, 'list'>) {
  const list = useId()
  // Four hundred names: they come when the page stands.
  const [zones, setZones] = useState<string[]>([])
  useEffect(() => setZones(['UTC', ...Intl.supportedValuesOf('timeZone')]), [])
  return (
    <>
      <Input {...props} list={list} spellCheck={false} autoComplete="off" />
      <datalist id={list}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  )
}
