'use client'

import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { Field } from '#app/_components/field.tsx'
import { kindName } from '#app/_components/kind-icon.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { saveEndpoint, testSettings } from '../actions.ts'
import { TestStages } from './test-stages.tsx'

/** Makes an endpoint or changes one; the test beside the save asks the agent with what stands in the form. */
export function EndpointForm({ endpoint, roots }: { endpoint: Endpoint | null; roots: string[] | null }) {
  const router = useRouter()
  const [name, setName] = useState(endpoint?.name ?? '')
  const [path, setPath] = useState(endpoint?.path ?? '')
  const [bandwidth, setBandwidth] = useState(endpoint?.limits.bandwidth ?? '')
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [test, setTest] = useState<TestResult | null>(null)
  const [testing, startTest] = useTransition()
  const [saving, startSave] = useTransition()
  const errorAt = (field: string) => refusal?.issues.find((issue) => issue.path === field)?.message
  const type = endpoint?.type ?? 'local'
  const limits = { ...endpoint?.limits, bandwidth: bandwidth || undefined }
  const runTest = () =>
    startTest(async () => {
      setTest(null)
      const done = await testSettings({ type, path, limits })
      setRefusal(done.ok ? null : done)
      if (done.ok) setTest(done.value)
    })
  const save = (event: React.FormEvent) => {
    event.preventDefault()
    startSave(async () => {
      const done = await saveEndpoint(endpoint?.id ?? null, {
        name,
        path,
        limits,
        ...(!endpoint && { type }),
      })
      setRefusal(done.ok ? null : done)
      if (!done.ok) return
      toast.success(endpoint ? 'Saved' : `${done.value.name} was added`)
      if (endpoint) router.refresh()
      else router.push(`/endpoints/${done.value.id}`)
    })
  }
  return (
    <form onSubmit={save} className="grid gap-4">
      {refusal && refusal.issues.length === 0 && <Notice tone="fail" title={refusal.message} live />}
      <p className="text-muted-foreground">
        Kind: <span className="text-foreground">{kindName(type)}</span>, a folder of the machine that File
        Orbit runs on.
      </p>
      <Field
        name="name"
        label="Name"
        help="How people and the command line call it."
        example="camera-cards"
        error={errorAt('name')}
      >
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            maxLength={100}
          />
        )}
      </Field>
      <Field
        name="path"
        label="Folder"
        help={roots ? `Inside ${roots.join(' or ')}.` : 'No folder of this machine is allowed yet.'}
        example={roots?.[0]}
        error={errorAt('path')}
      >
        {(control) => (
          <Input
            {...control}
            value={path}
            onChange={(event) => setPath(event.target.value)}
            required
            spellCheck={false}
            autoCapitalize="none"
            placeholder={roots?.[0]}
            className="font-mono"
          />
        )}
      </Field>
      <details open={bandwidth !== ''}>
        <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">Limits</summary>
        <Field
          name="limits.bandwidth"
          label="Bandwidth of each job that uses it"
          help="MiB a second as M, KiB as K."
          example="50M"
          optional
          error={errorAt('limits.bandwidth')}
          className="mt-3 max-w-60"
        >
          {(control) => (
            <Input
              {...control}
              value={bandwidth}
              onChange={(event) => setBandwidth(event.target.value.trim())}
            />
          )}
        </Field>
      </details>
      {test && <TestStages result={test} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="default" size="lg" busy={saving}>
          {endpoint ? 'Save' : 'Add the endpoint'}
        </Button>
        <Button size="lg" busy={testing} onClick={runTest}>
          Test
        </Button>
      </div>
    </form>
  )
}
