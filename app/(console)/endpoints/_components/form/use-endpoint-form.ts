import { useRouter } from 'next/navigation'
import { type RefObject, useEffect, useState, useTransition } from 'react'
import { toast } from '#app/_components/toast.ts'
import type { ActionResult } from '#app/_server/action.ts'
import { askSignIn, saveEndpoint, testSettings } from '#app/(console)/endpoints/actions.ts'
import type { Backend } from '#lib/backends/schema.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import type { SignInStep } from '#lib/endpoints/sign-in-schema.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { type FormValues, initialValues, limitsOf, settingsToSend } from './form-values.ts'
import type { ShownHostKey } from './host-key-dialog.tsx'

type Asked = 'test' | 'save'

/** The form's values, its two questions to the server, and what they answered. */
export function useEndpointForm(
  backend: Backend,
  endpoint: Endpoint | null,
  form: RefObject<HTMLFormElement | null>,
) {
  const router = useRouter()
  const [values, setValues] = useState(() => initialValues(backend, endpoint))
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [test, setTest] = useState<{ result: TestResult; isStale: boolean } | null>(null)
  const [unknownKey, setUnknownKey] = useState<(ShownHostKey & { asked: Asked }) | null>(null)
  const [write, setWrite] = useState(false)
  const [note, setNote] = useState<{ field: string; text: string } | null>(null)
  const [testing, startTest] = useTransition()
  const [saving, startSave] = useTransition()

  useEffect(() => {
    if (refusal) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [refusal, form])

  const change = (part: Partial<FormValues>) => {
    setValues((now) => ({ ...now, ...part }))
    setTest((now) => now && { ...now, isStale: true })
  }
  const setSetting = (name: string, value: string) => {
    setNote((now) => (now?.field === name ? null : now))
    change({ settings: { ...values.settings, [name]: value } })
  }
  const setSecret = (name: string, value: string | null | undefined) => {
    const { [name]: _, ...others } = values.secrets
    change({ secrets: value === undefined ? others : { ...others, [name]: value } })
  }

  /** Sorts what was pasted into the fields it belongs to, and says how it was read. */
  const normalise = (field: string) => {
    const read = kindOf(backend.type).normalise?.({ path: values.path, settings: values.settings })
    if (!read) return
    const moved = Object.keys({ ...read.settings, ...values.settings }).filter(
      (name) => (read.settings[name] ?? '') !== (values.settings[name] ?? ''),
    )
    const parts = [
      ...moved.map((name) => `${wordOf(backend.type, name)} ${read.settings[name] ?? ''}`),
      ...(read.path !== values.path ? [`${kindOf(backend.type).path.label.toLowerCase()} ${read.path}`] : []),
    ]
    if (parts.length === 0) return
    change({ path: read.path, settings: read.settings })
    setNote({ field, text: `Read as ${parts.join(', ')}.` })
  }

  const refuse = (done: Extract<ActionResult<unknown>, { ok: false }>, asked: Asked) => {
    const key = done.issues.find((issue) => issue.value && issue.fingerprint)
    if (!key) return setRefusal(done)
    setRefusal(null)
    setUnknownKey({ value: key.value!, fingerprint: key.fingerprint!, asked })
  }

  const place = (now: FormValues) => ({
    path: now.path,
    settings: settingsToSend(backend, endpoint, now),
    ...(now.signIn !== null && { signIn: now.signIn }),
  })

  /** One step of signing in at the service; a refusal is told at its field. */
  const signInStep = async (state: string | null, answer: string | null): Promise<SignInStep | null> => {
    const { type } = backend
    const saved = endpoint ? { endpointId: endpoint.id } : {}
    const begin = { type, settings: settingsToSend(backend, endpoint, values), ...saved }
    const next = state === null ? begin : { type, state, ...(answer !== null && { answer }) }
    const done = await askSignIn(next)
    setRefusal(done.ok ? null : done)
    return done.ok ? done.value : null
  }

  /** What was found out, such as the id of a drive, stands in the form like anything that is typed. */
  const signedIn = ({ state, settings }: SignInStep) =>
    change({ signIn: state, settings: { ...values.settings, ...settings } })

  const runTest = (now = values) =>
    startTest(async () => {
      setTest(null)
      const id = endpoint ? { endpointId: endpoint.id } : {}
      const done = await testSettings({ type: backend.type, ...place(now), write, ...id })
      setRefusal(null)
      if (!done.ok) return refuse(done, 'test')
      const { signIn } = done.value
      // The service has renewed the token meanwhile: the one before is spent.
      if (signIn) setValues((before) => ({ ...before, signIn }))
      setTest({ result: done.value, isStale: false })
    })

  const save = (now = values) =>
    startSave(async () => {
      const input = { name: now.name, ...place(now), limits: limitsOf(now) }
      const done = await saveEndpoint(
        endpoint?.id ?? null,
        endpoint ? input : { ...input, type: backend.type },
      )
      setRefusal(null)
      if (!done.ok) return refuse(done, 'save')
      toast.success(endpoint ? 'Saved' : `${done.value.name} was added`)
      if (!endpoint) return router.push(`/endpoints/${done.value.id}`)
      setValues(initialValues(backend, done.value))
      router.refresh()
    })

  /** Goes on with what was asked when the server showed its key. */
  const acceptKey = (value: string, asked: Asked) => {
    const now = { ...values, settings: { ...values.settings, host_keys: value } }
    setValues(now)
    setUnknownKey(null)
    if (asked === 'save') save(now)
    else runTest(now)
  }

  return {
    ...{ values, change, setSetting, setSecret, normalise, note, refusal },
    ...{ test, runTest, testing, write, setWrite, save, saving },
    ...{ signInStep, signedIn },
    ...{ unknownKey, acceptKey, dropKey: () => setUnknownKey(null) },
  }
}

function wordOf(type: string, name: string): string {
  return (kindOf(type).words?.[name]?.label ?? name).toLowerCase()
}
