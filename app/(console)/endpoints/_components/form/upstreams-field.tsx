'use client'

import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'
import { readUpstreams, type Upstream, writeUpstreams } from '#lib/endpoints/lies-over.ts'
import { BaseField } from './base-field.tsx'

export type UpstreamsFieldProps = {
  type: string
  endpoints: EndpointChoice[]
  value: string
  error: string | undefined
  onChange: (value: string) => void
}

type Row = Upstream & { key: number }

const nothing: Upstream = { endpointId: '', folder: '', mode: '', name: '' }

/** Several endpoints that lie below: with a folder name of its own each (combine), or one over the other (union). */
export function UpstreamsField({ type, endpoints, value, error, onChange }: UpstreamsFieldProps) {
  // Rows that are not chosen yet have no place in the value.
  const [rows, setRows] = useState<Row[]>(() => {
    const found = readUpstreams(type, value)
    return (found.length > 0 ? found : [nothing]).map((one, key) => ({ ...one, key }))
  })
  const change = (next: Row[]) => {
    setRows(next)
    onChange(writeUpstreams(type, next))
  }
  const set = (key: number, part: Partial<Upstream>) =>
    change(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  return (
    <fieldset className="grid min-w-0 gap-3">
      <legend className="mb-1 font-medium">
        {type === 'combine' ? 'Folders that it is made of' : 'Lies over, in this order'}
      </legend>
      {rows.map((row, index) => (
        <div key={row.key} className="grid gap-3 rounded-lg border bg-card p-3 shadow-lift">
          <BaseField
            name="settings.upstreams"
            label={`Endpoint ${index + 1}`}
            endpoints={endpoints}
            value={row}
            error={index === 0 ? error : undefined}
            onChange={(base) => set(row.key, base)}
          />
          <div className="flex flex-wrap items-end justify-between gap-3">
            {type === 'combine' ? (
              <Field name={`upstreams.${index}.name`} label="Shown as the folder" className="flex-1 basis-40">
                {(control) => (
                  <Input
                    {...control}
                    value={row.name}
                    onChange={(event) => set(row.key, { name: event.target.value })}
                  />
                )}
              </Field>
            ) : (
              <Field name={`upstreams.${index}.mode`} label="May be written to" className="flex-1 basis-40">
                {(control) => (
                  <Select
                    {...control}
                    value={row.mode}
                    onChange={(event) => set(row.key, { mode: event.target.value as Upstream['mode'] })}
                  >
                    <option value="">Yes</option>
                    <option value=":nc">Yes, but nothing new</option>
                    <option value=":ro">No</option>
                  </Select>
                )}
              </Field>
            )}
            {rows.length > 1 && (
              <Button
                size="lg"
                aria-label={`Remove endpoint ${index + 1}`}
                onClick={() => change(rows.filter(({ key }) => key !== row.key))}
              >
                <X aria-hidden />
                Remove
              </Button>
            )}
          </div>
        </div>
      ))}
      <Button
        className="w-fit"
        onClick={() => setRows([...rows, { ...nothing, key: Math.max(...rows.map(({ key }) => key)) + 1 }])}
      >
        <Plus aria-hidden />
        One more
      </Button>
    </fieldset>
  )
}
