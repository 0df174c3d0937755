'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'
import type { FieldIssue } from '#lib/errors.ts'
import type { CreateJobInput } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'
import { startTransfer } from '../actions.ts'
import { SameBy } from './same-by.tsx'
import { SideFields } from './side-fields.tsx'

const verbs: Record<Operation, { button: string; help: string }> = {
  copy: { button: 'Start the copy', help: 'Brings over what is new or changed. Nothing is deleted.' },
  move: { button: 'Start the move', help: 'Each file is deleted at the source once it has arrived.' },
  sync: {
    button: 'Start the sync',
    help: 'Makes the destination the same as the source: what only the destination has is deleted there.',
  },
}

/** A transfer by hand: two sides and what to do; the rest folded away. */
export function TransferForm({
  endpoints,
  source,
  path,
  destination,
  to: toPath,
}: {
  endpoints: EndpointChoice[]
  source?: string
  path?: string
  destination?: string
  to?: string
}) {
  const router = useRouter()
  const [operation, setOperation] = useState<Operation>('copy')
  const isKnown = (id: string) => endpoints.some((endpoint) => endpoint.id === id)
  const otherThan = (id: string | undefined) => endpoints.find((one) => one.id !== id)?.id ?? endpoints[0]!.id
  // Never another one than was asked for: its files are not those that were meant.
  const sideOf = (asked: string | undefined, at: string | undefined, other: string | undefined) =>
    asked && !isKnown(asked)
      ? { endpointId: '', path: '' }
      : { endpointId: asked ?? otherThan(other), path: at ?? '' }
  const [from, setFrom] = useState(() => sideOf(source, path, destination))
  const [to, setTo] = useState(() => sideOf(destination, toPath, from.endpointId))
  const [bandwidth, setBandwidth] = useState('')
  const [transfers, setTransfers] = useState('')
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [busy, start] = useTransition()
  const goneAt = (field: string) =>
    (field === 'source.endpointId' && source && !from.endpointId) ||
    (field === 'destination.endpointId' && destination && !to.endpointId)
      ? 'The endpoint that was asked for is not there; it may have been deleted. Choose one.'
      : undefined
  const errorAt = (field: string) =>
    refusal?.issues.find((issue) => issue.path === field)?.message ?? goneAt(field)
  const options = {
    ...(bandwidth && { bandwidth }),
    ...(transfers && { transfers: Number(transfers) }),
  }
  const input: CreateJobInput = {
    operation,
    source: from,
    destination: to,
    ...(Object.keys(options).length > 0 && { options }),
  }
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const made = await startTransfer(input)
      if (made.ok) router.push(`/jobs/${made.value.id}`)
      else setRefusal(made)
    })
  }
  return (
    <HydratedForm onSubmit={submit} className="grid gap-4">
      {refusal && refusal.issues.length === 0 && <Notice tone="fail" title={refusal.message} live />}
      <SideFields
        legend="From"
        prefix="source"
        endpoints={endpoints}
        value={from}
        onChange={setFrom}
        pick="any"
        help="Empty takes the whole endpoint. A file may be named too."
        errorAt={errorAt}
      />
      <SideFields
        legend="To"
        prefix="destination"
        endpoints={endpoints}
        value={to}
        onChange={setTo}
        pick="folder"
        help="A folder; it is made if it does not exist."
        errorAt={errorAt}
      />
      <Field name="operation" label="Operation" help={verbs[operation].help} error={errorAt('operation')}>
        {(control) => (
          <Select
            {...control}
            value={operation}
            onChange={(event) => setOperation(event.target.value as Operation)}
          >
            <option value="copy">Copy</option>
            <option value="move">Move</option>
            <option value="sync">Sync</option>
          </Select>
        )}
      </Field>
      <details className="group">
        <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">Limits</summary>
        <div className="mt-3 grid gap-4 sm:grid-cols-2">
          <Field
            name="options.bandwidth"
            label="Bandwidth"
            help="MiB a second as M, KiB as K."
            example="10M"
            optional
            error={errorAt('options.bandwidth')}
          >
            {(control) => (
              <Input
                {...control}
                value={bandwidth}
                onChange={(event) => setBandwidth(event.target.value.trim())}
              />
            )}
          </Field>
          <Field
            name="options.transfers"
            label="Files at a time"
            help="More helps on links with latency."
            example="4"
            optional
            error={errorAt('options.transfers')}
          >
            {(control) => (
              <Input
                {...control}
                type="number"
                min={1}
                max={64}
                value={transfers}
                onChange={(event) => setTransfers(event.target.value)}
              />
            )}
          </Field>
        </div>
      </details>
      <Plan operation={operation} from={sideText(endpoints, from)} to={sideText(endpoints, to)} />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          type="submit"
          variant={operation === 'sync' ? 'destructive' : 'default'}
          size="lg"
          busy={busy}
        >
          {verbs[operation].button}
        </Button>
      </div>
      <SameBy input={input} endpoints={endpoints} />
    </HydratedForm>
  )
}

/** An endpoint and a path as the command line writes them. */
function sideText(endpoints: EndpointChoice[], side: { endpointId: string; path: string }): string {
  return `${endpoints.find(({ id }) => id === side.endpointId)?.name ?? ''}:${side.path}`
}

/** What will happen, before it does. */
function Plan({ operation, from, to }: { operation: Operation; from: string; to: string }) {
  const path = 'font-mono text-sm break-all text-foreground'
  return (
    <p className="text-muted-foreground">
      {operation === 'copy' && 'Copies what is in '}
      {operation === 'move' && 'Moves what is in '}
      {operation === 'sync' && 'Makes '}
      <span className={path}>{operation === 'sync' ? to : from}</span>
      {operation === 'sync' ? ' the same as ' : ' into '}
      <span className={path}>{operation === 'sync' ? from : to}</span>
      {operation === 'sync'
        ? '. Files that only the destination has are deleted.'
        : '. A folder’s files keep their paths below it; a single file goes in under its own name.'}
    </p>
  )
}
