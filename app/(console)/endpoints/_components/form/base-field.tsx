'use client'

import { FolderOpen } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'
import type { Base } from '#lib/endpoints/lies-over.ts'

const BrowseDialog = dynamic(() => import('../browse-dialog.tsx').then((file) => file.BrowseDialog), {
  ssr: false,
})

export type BaseFieldProps = {
  /** The setting that errors name. */
  name: string
  label: string
  help?: string
  endpoints: EndpointChoice[]
  value: Base
  error?: string
  onChange: (value: Base) => void
}

/** An endpoint that lies below, and a folder in it: chosen, never typed as rclone would write it. */
export function BaseField({ name, label, help, endpoints, value, error, onChange }: BaseFieldProps) {
  const [browsing, setBrowsing] = useState(false)
  const endpoint = endpoints.find((one) => one.id === value.endpointId)
  return (
    <div className="grid min-w-0 items-start gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
      <Field name={name} label={label} help={help} error={error}>
        {(control) => (
          <Select
            {...control}
            value={value.endpointId}
            onChange={(event) => onChange({ endpointId: event.target.value, folder: '' })}
          >
            <option value="">Choose an endpoint…</option>
            {endpoints.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        name={`${name}.folder`}
        label={endpoint ? `Folder in ${endpoint.name}` : 'Folder in it'}
        help="Empty for all of it."
      >
        {(control) => (
          <div className="flex gap-1.5">
            <Input
              {...control}
              value={value.folder}
              onChange={(event) => onChange({ ...value, folder: event.target.value })}
              spellCheck={false}
              autoCapitalize="none"
              className="min-w-0 flex-1 font-mono"
            />
            <Button size="lg" disabled={!endpoint} onClick={() => setBrowsing(true)}>
              <FolderOpen aria-hidden />
              Browse
            </Button>
          </div>
        )}
      </Field>
      {endpoint && browsing && (
        <BrowseDialog
          endpoint={endpoint}
          startAt={value.folder}
          pick="folder"
          onClose={() => setBrowsing(false)}
          onPick={(folder) => {
            onChange({ ...value, folder })
            setBrowsing(false)
          }}
        />
      )}
    </div>
  )
}
