'use client'

import { FolderOpen } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'

// Loaded when somebody browses.
const BrowseDialog = dynamic(
  () => import('../../endpoints/_components/browse-dialog.tsx').then((file) => file.BrowseDialog),
  { ssr: false },
)

type SideValue = { endpointId: string; path: string }

export type SideFieldsProps = {
  legend: string
  /** The side's place in the request: errors are named by it. */
  prefix: 'source' | 'destination'
  endpoints: EndpointChoice[]
  value: SideValue
  onChange: (value: SideValue) => void
  /** What browsing may choose. */
  pick: 'any' | 'folder'
  help: string
  errorAt: (field: string) => string | undefined
}

/** One side of a transfer: an endpoint and a path below its root, typed or browsed to. */
export function SideFields({
  legend,
  prefix,
  endpoints,
  value,
  onChange,
  pick,
  help,
  errorAt,
}: SideFieldsProps) {
  const [browsing, setBrowsing] = useState(false)
  const endpoint = endpoints.find((one) => one.id === value.endpointId)
  return (
    <fieldset className="rounded-lg border bg-card p-3.5 shadow-lift">
      <legend className="sr-only">{legend}</legend>
      <div className="grid items-start gap-3.5 sm:grid-cols-[200px_minmax(0,1fr)]">
        <Field name={`${prefix}.endpointId`} label={legend} error={errorAt(`${prefix}.endpointId`)}>
          {(control) => (
            <Select
              {...control}
              value={value.endpointId}
              required
              onChange={(event) => onChange({ endpointId: event.target.value, path: '' })}
            >
              {!endpoint && <option value={value.endpointId}>Choose an endpoint</option>}
              {endpoints.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          name={`${prefix}.path`}
          label={`Path in ${endpoint?.name ?? 'it'}`}
          help={help}
          error={errorAt(`${prefix}.path`)}
        >
          {(control) => (
            <div className="flex gap-1.5">
              <Input
                {...control}
                value={value.path}
                onChange={(event) => onChange({ ...value, path: event.target.value })}
                spellCheck={false}
                autoCapitalize="none"
                placeholder={endpoint?.path}
                className="min-w-0 flex-1 font-mono"
              />
              <Button size="lg" disabled={!endpoint} onClick={() => setBrowsing(true)}>
                <FolderOpen aria-hidden />
                Browse
              </Button>
            </div>
          )}
        </Field>
      </div>
      {endpoint && browsing && (
        <BrowseDialog
          endpoint={endpoint}
          startAt={value.path}
          pick={pick}
          onClose={() => setBrowsing(false)}
          onPick={(path) => {
            onChange({ ...value, path })
            setBrowsing(false)
          }}
        />
      )}
    </fieldset>
  )
}
