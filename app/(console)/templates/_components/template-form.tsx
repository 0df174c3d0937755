'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { SideFields } from '#app/(console)/jobs/_components/side-fields.tsx'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'
import type { FieldIssue } from '#lib/errors.ts'
import type { Template } from '#lib/templates/schema.ts'
import type { ExampleFile, Examples } from '#lib/templates/show-examples.ts'
import { saveTemplate } from '../actions.ts'
import { Check } from './check.tsx'
import { type Draft, draftOf, emptyDraft, inputOf } from './draft.ts'
import { issueAt, unshownIssues } from './issues.ts'
import { LiveExamples } from './live-examples.tsx'
import { TemplateOptions } from './template-options.tsx'
import { TemplateSameBy } from './template-same-by.tsx'
import { TriggerList } from './trigger-list.tsx'
import { useAsked } from './use-asked.ts'
import { VariableHelp } from './variable-help.tsx'

const operations: Record<Draft['operation'], string> = {
  copy: 'Brings over what is new or changed. Nothing is deleted.',
  move: 'Each file is deleted at the source once it has arrived.',
  sync: 'Makes the destination the same as the source: what only the destination has is deleted there.',
}

const SETTLE_MS = 400

export type TemplateFormProps = {
  endpoints: EndpointChoice[]
  /** To be changed; or, with `copy`, to begin a new one from. */
  template: Template | null
  copy: boolean
}

/** A template: what is taken, where it lands, what starts it; with examples from the real source as one types. */
export function TemplateForm({ endpoints, template, copy }: TemplateFormProps) {
  const router = useRouter()
  const id = template && !copy ? template.id : null
  const [draft, setDraft] = useState<Draft>(() =>
    template ? draftOf(template, { copy }) : emptyDraft(endpoints.map((one) => one.id)),
  )
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [busy, start] = useTransition()
  const change = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }))
  const asked = useExamples(draft)
  // A person's own clock is what they mean, unless they say otherwise.
  const isNew = template === null
  useEffect(() => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    if (isNew && timeZone) setDraft((now) => ({ ...now, timeZone }))
  }, [isNew])

  const issues = [...(refusal?.issues ?? []), ...(asked.value?.issues ?? [])]
  const errorAt = (field: string) => issueAt(issues, field)
  const unshown = unshownIssues(refusal?.issues ?? [], draft)
  const ofSide = (field: string) => errorAt(field.replace(/^destination\./, 'destinations.0.'))
  const from = endpoints.find((one) => one.id === draft.source.endpointId)
  const to = endpoints.find((one) => one.id === draft.destination.endpointId)
  const input = inputOf(draft)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    start(async () => {
      const saved = await saveTemplate(id, input)
      if (saved.ok) return router.push(`/templates/${saved.value.id}`)
      setRefusal(saved)
    })
  }
  // Once the errors stand at their fields, and what they are folded away in is open.
  useEffect(() => {
    if (refusal) document.querySelector<HTMLElement>('form [aria-invalid=true]')?.focus()
  }, [refusal])
  return (
    <HydratedForm
      onSubmit={submit}
      className="grid items-start gap-x-5.5 gap-y-5 lg:grid-cols-[minmax(0,1fr)_380px]"
    >
      <div className="grid min-w-0 gap-4">
        {refusal && (
          <Notice tone="fail" title={titleOf(refusal, unshown)} live>
            {unshown.length > 0 && (
              <ul>
                {unshown.map(({ path, message }) => (
                  <li key={path + message}>
                    {path && <span className="font-mono">{path}: </span>}
                    {message}
                  </li>
                ))}
              </ul>
            )}
          </Notice>
        )}
        <div className="grid items-start gap-3.5 sm:grid-cols-[minmax(0,1fr)_200px]">
          <Field name="name" label="Name" help="No two are the same." error={errorAt('name')}>
            {(control) => (
              <Input
                {...control}
                value={draft.name}
                onChange={(event) => change({ name: event.target.value })}
                autoComplete="off"
                maxLength={100}
              />
            )}
          </Field>
          <Field
            name="operation"
            label="Operation"
            help={operations[draft.operation]}
            error={errorAt('operation')}
          >
            {(control) => (
              <Select
                {...control}
                value={draft.operation}
                onChange={(event) => change({ operation: event.target.value as Draft['operation'] })}
              >
                <option value="copy">Copy</option>
                <option value="move">Move</option>
                <option value="sync">Sync</option>
              </Select>
            )}
          </Field>
        </div>
        <SideFields
          legend="From"
          prefix="source"
          endpoints={endpoints}
          value={draft.source}
          onChange={(source) => change({ source })}
          pick="folder"
          help="A folder; empty is the whole endpoint. Dates may stand in it where it is not watched."
          errorAt={ofSide}
        />
        <Field
          name="pattern"
          label="Which files"
          help="A pattern without “/” is matched against names at any depth; * is all."
          example="raw/**/*.dpx"
          error={errorAt('pattern')}
        >
          {(control) => (
            <Input
              {...control}
              value={draft.pattern}
              onChange={(event) => change({ pattern: event.target.value })}
              spellCheck={false}
              autoCapitalize="none"
              className="font-mono"
            />
          )}
        </Field>
        <SideFields
          legend="To"
          prefix="destination"
          endpoints={endpoints}
          value={draft.destination}
          onChange={(destination) => change({ destination })}
          pick="folder"
          help="A folder, under which the source’s folders are kept, or a place for each file by variables."
          errorAt={ofSide}
        />
        <VariableHelp />
        <TriggerList
          triggers={draft.triggers}
          onChange={(triggers) => change({ triggers })}
          sourceType={from?.type}
          bucket={[from?.path, draft.source.path].filter(Boolean).join('/')}
          timeZone={draft.timeZone}
          errorAt={errorAt}
        />
        <TemplateOptions draft={draft} onChange={change} errorAt={errorAt} />
        <Check checked={draft.enabled} onChange={(enabled) => change({ enabled })}>
          On: its triggers count from the moment it is saved
        </Check>
        <div className="flex flex-wrap items-center gap-3">
          <Button
            type="submit"
            variant={draft.operation === 'sync' ? 'destructive' : 'default'}
            size="lg"
            busy={busy}
          >
            {id === null ? 'Save the template' : 'Save the changes'}
          </Button>
          {draft.operation === 'sync' && (
            <p className="min-w-0 flex-1 text-sm text-muted-foreground">
              Each run deletes what only {to?.name ?? 'the destination'} has.
            </p>
          )}
        </div>
        <TemplateSameBy id={id} name={template?.name ?? ''} input={input} />
      </div>
      <div className="min-w-0 lg:sticky lg:top-16">
        <LiveExamples asked={asked} destination={to?.name ?? ''} />
      </div>
    </HydratedForm>
  )
}

function titleOf(
  { message, issues }: { message: string; issues: FieldIssue[] },
  unshown: FieldIssue[],
): string {
  if (issues.length === 0) return message
  return issues.length > unshown.length
    ? 'Something is not right yet; it is said at each field.'
    : 'It cannot be saved as it is.'
}

/** The storage is asked when another source is meant; patterns and places are tried on what it listed. */
function useExamples(draft: Draft) {
  const { name, operation, source, pattern, destination, timeZone, triggers } = draft
  const [listed, setListed] = useState<{ of: string; files: ExampleFile[] } | null>(null)
  const of = `${source.endpointId}/${source.path}`
  const asked = useAsked<Examples>(
    '/templates/examples',
    {
      ...{ name, operation, source, pattern, timeZone, destinationPath: destination.path },
      isFed: triggers.some(({ type }) => type !== 'schedule'),
      hasQueue: triggers.some(({ type }) => type === 's3'),
      ...(listed?.of === of && { files: listed.files }),
    },
    SETTLE_MS,
  )
  // By the source that stood there when the answer came: a newer one has stopped the asking.
  const meant = useRef(of)
  meant.current = of
  const files = asked.value?.files
  useEffect(() => {
    if (files) setListed((now) => (now?.of === meant.current ? now : { of: meant.current, files }))
  }, [files])
  return asked
}
