'use client'

import { useRef, useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { signedInto } from '#lib/backends/option-rules.ts'
import type { Backend, BackendOption } from '#lib/backends/schema.ts'
import type { EndpointChoice } from '#lib/endpoints/endpoint-choices.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import { readBase, writeBase } from '#lib/endpoints/lies-over.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import { shownOptions } from '#lib/endpoints/shown-options.ts'
import { ChangedHostKey } from './form/changed-host-key.tsx'
import { FolderChoice } from './form/folder-choice.tsx'
import { keptSecret, limitsOf, settingsToSend } from './form/form-values.ts'
import { HostKeyQuestion } from './form/host-key-question.tsx'
import { LimitFields } from './form/limit-fields.tsx'
import { MoreSettings } from './form/more-settings.tsx'
import { BaseField, SameEndpoint, SignInPanel, UpstreamsField } from './form/parts.tsx'
import { SecretField } from './form/secret-field.tsx'
import { SettingField } from './form/setting-field.tsx'
import { useEndpointForm } from './form/use-endpoint-form.ts'
import { TestStages } from './test-stages.tsx'
import { WriteToo } from './write-too.tsx'

export type EndpointFormProps = {
  backend: Backend
  endpoint: Endpoint | null
  /** Folders of the machine that local endpoints may lie in; null: none was allowed yet. */
  roots: string[] | null
  /** Those that one over others may lie over; only for such kinds. */
  bases: EndpointChoice[]
}

/** Makes an endpoint or changes one; the test beside the save asks the agent with what stands in the form. */
export function EndpointForm({ backend, endpoint, roots, bases }: EndpointFormProps) {
  const ref = useRef<HTMLFormElement>(null)
  const [showsSame, setShowsSame] = useState(false)
  const form = useEndpointForm(backend, endpoint, ref)
  const { values, change, refusal, test } = form
  const kind = kindOf(backend.type, backend.description)
  const { main, more } = shownOptions(backend, values.settings.provider)
  const errorAt = (field: string) => refusal?.issues.find((issue) => issue.path === field)?.message
  const placed = new Set(['name', 'path', ...[...main, ...more].map(({ name }) => `settings.${name}`)])
  const unplaced =
    refusal && !refusal.issues.some(({ path }) => placed.has(path) || path.startsWith('limits'))
  const isSet = ({ name }: BackendOption) =>
    Boolean(values.settings[name]) || keptSecret(endpoint, name) !== null

  const field = (option: BackendOption) => (
    <OptionField
      key={`${option.name} ${option.provider}`}
      {...{ option, backend, endpoint, bases, form }}
      error={errorAt(`settings.${option.name}`)}
    />
  )
  return (
    <HydratedForm
      ref={ref}
      onSubmit={(event) => {
        event.preventDefault()
        form.save()
      }}
      className="grid gap-4"
    >
      {unplaced && <Notice tone="fail" title={refusal.message} live />}
      <Field
        name="name"
        label="Name"
        help="How people and the command line call it."
        example={backend.type === 'local' ? 'camera-cards' : `${backend.type.split(' ')[0]}-archive`}
        error={errorAt('name')}
      >
        {(control) => (
          <Input
            {...control}
            value={values.name}
            onChange={(event) => change({ name: event.target.value })}
            required
            maxLength={100}
            autoComplete="off"
          />
        )}
      </Field>
      {main.map(field)}
      <Field
        name="path"
        label={kind.path.label}
        help={backend.type === 'local' ? rootsHelp(roots) : kind.path.help}
        example={backend.type === 'local' ? roots?.[0] : kind.path.example || undefined}
        error={errorAt('path')}
        below={
          form.note?.field === 'path' && (
            <p role="status" className="text-sm text-ok">
              {form.note.text}
            </p>
          )
        }
      >
        {(control) => (
          <Input
            {...control}
            value={values.path}
            onChange={(event) => change({ path: event.target.value })}
            onBlur={() => form.normalise('path')}
            required={kind.path.required}
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            placeholder={backend.type === 'local' ? roots?.[0] : undefined}
            className="font-mono"
          />
        )}
      </Field>
      <MoreSettings
        options={more}
        set={more.filter(isSet).length}
        isWrong={(name) => errorAt(`settings.${name}`) !== undefined}
      >
        {field}
      </MoreSettings>
      <LimitFields values={values} change={change} errorAt={errorAt} />
      {test && (
        <>
          <TestStages result={test.result} isStale={test.isStale} />
          {!test.isStale && (
            <>
              <FolderChoice
                type={backend.type}
                path={values.path}
                folders={test.result.folders ?? []}
                onPick={(path) => change({ path })}
              />
              <ChangedHostKey
                result={test.result}
                host={hostOf(values.settings)}
                onAccept={(value) => form.acceptKey(value, 'test')}
              />
            </>
          )}
        </>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" variant="default" size="lg" busy={form.saving}>
          {endpoint ? 'Save' : 'Add the endpoint'}
        </Button>
        <Button size="lg" busy={form.testing} onClick={() => form.runTest()}>
          Test
        </Button>
        <WriteToo checked={form.write} onChange={form.setWrite} />
      </div>
      {!endpoint && (
        <details onToggle={(event) => setShowsSame(event.currentTarget.open)}>
          <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
            As a command and a call
          </summary>
          {showsSame && (
            <div className="mt-2">
              <SameEndpoint
                backend={backend}
                input={{
                  ...{ name: values.name, type: backend.type, path: values.path, limits: limitsOf(values) },
                  settings: settingsToSend(backend, endpoint, values),
                }}
              />
            </div>
          )}
        </details>
      )}
      {form.unknownKey && (
        <HostKeyQuestion
          host={hostOf(values.settings)}
          shown={form.unknownKey}
          onClose={form.dropKey}
          onAccept={() => form.acceptKey(form.unknownKey!.value, form.unknownKey!.asked)}
        />
      )}
    </HydratedForm>
  )
}

type OptionFieldProps = Pick<EndpointFormProps, 'backend' | 'endpoint' | 'bases'> & {
  option: BackendOption
  form: ReturnType<typeof useEndpointForm>
  error: string | undefined
}

function OptionField({ option, backend, endpoint, bases, form, error }: OptionFieldProps) {
  const { name } = option
  const { values } = form
  const words = kindOf(backend.type).words?.[name]
  const value = values.settings[name] ?? ''
  const set = (next: string) => form.setSetting(name, next)
  if (backend.wraps === 'one' && name === 'remote') {
    return (
      <BaseField
        name="settings.remote"
        label={words?.label ?? 'Lies over'}
        endpoints={bases}
        value={readBase(value) ?? { endpointId: '', folder: '' }}
        error={error}
        onChange={(base) => set(writeBase(base))}
      />
    )
  }
  if (backend.wraps === 'many' && name === 'upstreams') {
    return <UpstreamsField type={backend.type} endpoints={bases} value={value} error={error} onChange={set} />
  }
  if (name === signedInto(backend) && values.secrets[name] === undefined) {
    return (
      <SignInPanel
        service={kindOf(backend.type, backend.description).label}
        isSignedIn={keptSecret(endpoint, name) !== null}
        isDone={values.signIn !== null}
        clientSecret={values.secrets.client_secret ?? ''}
        onStep={form.signInStep}
        onDone={form.signedIn}
        error={error}
      />
    )
  }
  if (option.secret) {
    return (
      <SecretField
        {...{ option, words, error }}
        kept={keptSecret(endpoint, name)}
        value={values.secrets[name]}
        onChange={(next) => form.setSecret(name, next)}
      />
    )
  }
  return (
    <SettingField
      {...{ option, words, value, error }}
      provider={values.settings.provider}
      note={form.note?.field === name ? form.note.text : undefined}
      onChange={set}
      onBlur={() => form.normalise(name)}
    />
  )
}

function rootsHelp(roots: string[] | null): string {
  return roots ? `Inside ${roots.join(' or ')}.` : 'No folder of this machine is allowed yet.'
}

function hostOf({ host = 'the server', port }: Record<string, string>): string {
  return port ? `${host}:${port}` : host
}
