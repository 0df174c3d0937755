'use client'

import { ExternalLink } from 'lucide-react'
import { Fragment, useState, useTransition } from 'react'
import { CopyButton } from '#app/_components/copy-button.tsx'
import { Field } from '#app/_components/field.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { authorizeLine } from '#lib/endpoints/authorize-line.ts'
import type { SignInQuestion, SignInStep } from '#lib/endpoints/sign-in-schema.ts'

export type SignInPanelProps = {
  service: string
  /** It has a token already. */
  isSignedIn: boolean
  /** The sign-in is done and waits to be saved. */
  isDone: boolean
  /** As typed in the form: it goes into the command that is run elsewhere. */
  clientSecret: string
  /** One step; null when it was refused, which the form tells. */
  onStep: (state: string | null, answer: string | null) => Promise<SignInStep | null>
  onDone: (step: SignInStep) => void
  error: string | undefined
}

/** Signing in at a service: rclone's questions one by one; the token goes from the agent to the endpoint, unseen. */
export function SignInPanel(props: SignInPanelProps) {
  const { service, isSignedIn, isDone, onStep, onDone } = props
  const [step, setStep] = useState<SignInStep | null>(null)
  const [busy, start] = useTransition()
  const go = (state: string | null, answer: string | null) =>
    start(async () => {
      const next = await onStep(state, answer)
      if (!next) return
      setStep(next.done ? null : next)
      if (next.done) onDone(next)
    })
  return (
    <section
      aria-label={`Sign in at ${service}`}
      className="grid gap-3 rounded-lg border bg-card p-3.5 shadow-lift"
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status">
          {isDone
            ? 'Signed in; it is kept when you save.'
            : isSignedIn
              ? 'Signed in.'
              : step
                ? 'Signing in…'
                : 'Nobody has signed in yet.'}
        </p>
        <Button busy={busy && !step} onClick={() => go(null, null)}>
          {step || isDone ? 'Begin again' : isSignedIn ? 'Sign in again' : 'Sign in'}
        </Button>
      </div>
      {props.error && <p className="text-sm text-fail">{props.error}</p>}
      {step?.question && (
        <Question
          key={step.state}
          question={step.question}
          error={step.error}
          clientSecret={props.clientSecret}
          busy={busy}
          onAnswer={(answer) => go(step.state, answer)}
        />
      )}
    </section>
  )
}

type QuestionProps = {
  question: SignInQuestion
  error: string | null
  clientSecret: string
  busy: boolean
  onAnswer: (answer: string) => void
}

function Question({ question, error, clientSecret, busy, onAnswer }: QuestionProps) {
  const [value, setValue] = useState(question.default)
  const { authorize } = question
  const send = () => onAnswer(value)
  return (
    <div className="grid gap-3 border-t border-hairline pt-3">
      {authorize ? (
        <Authorize
          line={authorizeLine(authorize, clientSecret)}
          needsSecret={lacksSecret(authorize, clientSecret)}
        />
      ) : (
        <p className="max-w-[70ch] break-words whitespace-pre-line">
          <Linked text={question.help} />
        </p>
      )}
      <Field
        name="sign-in"
        label={authorize ? 'What it printed' : 'Your answer'}
        error={error}
        help={
          authorize
            ? 'All of it, or only the text between the arrows. It is kept sealed and never shown.'
            : undefined
        }
      >
        {(control) => {
          const typed = {
            ...{ ...control, value, spellCheck: false, autoComplete: 'off' },
            onChange: (event: { target: { value: string } }) => setValue(event.target.value),
          }
          if (question.choices.length > 0 && question.exclusive) {
            return (
              <Select {...control} value={value} onChange={(event) => setValue(event.target.value)}>
                {question.choices.map((choice) => (
                  <option key={choice.value} value={choice.value}>
                    {choice.help.split('\n')[0] || choice.value}
                  </option>
                ))}
              </Select>
            )
          }
          if (authorize) return <Textarea {...typed} rows={3} className="font-mono break-all" />
          return (
            <Input
              {...typed}
              type={question.secret ? 'password' : 'text'}
              onKeyDown={(event) => {
                // Enter answers the question; the endpoint is not saved by it.
                if (event.key !== 'Enter') return
                event.preventDefault()
                send()
              }}
            />
          )
        }}
      </Field>
      <Button className="w-fit" busy={busy} onClick={send}>
        Go on
      </Button>
    </div>
  )
}

function Authorize({ line, needsSecret }: { line: string; needsSecret: boolean }) {
  return (
    <>
      <p className="max-w-[70ch]">
        On a machine with a web browser and rclone run this. It opens the service’s own page, where you sign
        in; what it prints at the end belongs below.
      </p>
      <div className="flex items-start gap-2 rounded-md border bg-background p-2.5">
        <code className="min-w-0 flex-1 font-mono text-sm break-all whitespace-pre-wrap">{line}</code>
        <CopyButton value={line} what="command" />
      </div>
      {needsSecret && (
        <Notice tone="warn" title="The client secret is not in it">
          Type it into its field above and begin again: the service asks for it, and what is kept is not
          shown.
        </Notice>
      )}
    </>
  )
}

function lacksSecret({ config }: NonNullable<SignInQuestion['authorize']>, clientSecret: string): boolean {
  return 'client_id' in config && clientSecret === ''
}

const ADDRESS = /https?:\/\/[^\s"'<>]+[^\s"'<>.,:;)]/g

/** Addresses in rclone's words, to be opened. */
function Linked({ text }: { text: string }) {
  const links = [...text.matchAll(ADDRESS)]
  const ends = links.map(({ 0: found, index }) => index + found.length)
  return (
    <>
      {links.map(({ 0: found, index }, at) => (
        <Fragment key={index}>
          {text.slice(at === 0 ? 0 : ends[at - 1], index)}
          <a
            href={found}
            target="_blank"
            rel="noreferrer"
            className="text-primary underline underline-offset-2"
          >
            {found}
            <ExternalLink aria-hidden className="ml-0.5 inline size-3" />
          </a>
        </Fragment>
      ))}
      {text.slice(ends.at(-1) ?? 0)}
    </>
  )
}
