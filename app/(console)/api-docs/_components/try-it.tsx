'use client'

import { useEffect, useRef, useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { useFrame } from '#app/_components/frame/frame-context.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { type Answer, type Call, curlOf, requestOf, send, type TryParameter } from './call.ts'
import { CodeBlock } from './code-block.tsx'

export type TryItProps = {
  method: string
  path: string
  summary: string
  parameters: TryParameter[]
  /** The body to begin with; null for an operation without one. */
  body: string | null
  needs: 'none' | 'viewer' | 'operator' | 'owner'
}

const ranks = { none: 0, viewer: 1, operator: 2, owner: 3 }

/** A form for one call: what it would be by curl, and its answer. What changes something is asked first. */
export function TryIt({ method, path, summary, parameters, body, needs }: TryItProps) {
  const { person } = useFrame()
  const [values, setValues] = useState<Record<string, string>>({})
  const [text, setText] = useState(body)
  const [asking, setAsking] = useState(false)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [busy, setBusy] = useState(false)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const call: Call = { method, path, parameters, values, body: text }
  const missing = parameters.filter(({ name, required }) => required && !values[name]?.trim())
  const isWrongJson = text !== null && !isJson(text)
  const change = (name: string, value: string) => setValues((now) => ({ ...now, [name]: value }))
  const go = async () => {
    const abort = new AbortController()
    running.current = abort
    setAsking(false)
    setBusy(true)
    setAnswer(null)
    await send(requestOf(call, ''), setAnswer, abort.signal)
    setBusy(false)
  }

  return (
    <div className="grid gap-3">
      {ranks[person.role] < ranks[needs] && (
        <Notice tone="warn" title={`You are ${person.role}; this needs ${needs}`}>
          The server will refuse the call and say so.
        </Notice>
      )}
      <HydratedForm
        className="grid gap-3 md:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (method === 'GET') void go()
          else setAsking(true)
        }}
      >
        {parameters.map(({ name, in: place, required, choices, example }) => (
          <Field
            key={name}
            name={name}
            label={name}
            optional={!required}
            {...(example && !choices && { example })}
            {...(place === 'header' && { help: 'A header.' })}
          >
            {(control) =>
              choices ? (
                <Select
                  {...control}
                  value={values[name] ?? ''}
                  onChange={({ target }) => change(name, target.value)}
                >
                  <option value="">not given</option>
                  {choices.map((choice) => (
                    <option key={choice}>{choice}</option>
                  ))}
                </Select>
              ) : (
                <Input
                  {...control}
                  autoComplete="off"
                  spellCheck={false}
                  value={values[name] ?? ''}
                  onChange={({ target }) => change(name, target.value)}
                />
              )
            }
          </Field>
        ))}
        {text !== null && (
          <Field
            name="body"
            label="Body"
            className="md:col-span-2"
            error={isWrongJson ? 'This is not JSON.' : null}
          >
            {(control) => (
              <Textarea
                {...control}
                className="font-mono text-sm"
                spellCheck={false}
                value={text}
                onChange={({ target }) => setText(target.value)}
              />
            )}
          </Field>
        )}
        <div className="flex flex-wrap items-center gap-2 md:col-span-2">
          {!asking && (
            <Button type="submit" variant="default" busy={busy} disabled={missing.length > 0 || isWrongJson}>
              Send
            </Button>
          )}
          {busy && <Button onClick={() => running.current?.abort()}>Stop</Button>}
          {missing.length > 0 && (
            <p className="text-sm text-muted-foreground">
              Give {missing.map(({ name }) => name).join(' and ')} first.
            </p>
          )}
        </div>
        {asking && (
          <Notice
            live
            tone="warn"
            className="md:col-span-2"
            title={`Send ${method} now?`}
            action={
              <>
                <Button autoFocus onClick={() => setAsking(false)}>
                  Do not send
                </Button>
                <Button variant={method === 'DELETE' ? 'destructive' : 'default'} onClick={() => void go()}>
                  Send it
                </Button>
              </>
            }
          >
            “{summary}” is done for real on this server, as {person.email}, and stands in the audit log.
          </Notice>
        )}
      </HydratedForm>
      <CodeBlock text={curlOf(call)} what="curl line" label="The same by curl" />
      <div aria-live="polite">
        {answer && (
          <div className="grid gap-1.5">
            <p>
              <span className={answer.isGood ? 'font-semibold text-ok' : 'font-semibold text-fail'}>
                {answer.title}
              </span>{' '}
              <span className="text-muted-foreground">in {answer.ms} ms</span>
            </p>
            {answer.text && <CodeBlock text={answer.text} what="answer" label="The answer" />}
          </div>
        )}
      </div>
    </div>
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
