'use client'

import { useEffect, useRef, useState } from 'react'
import { Field, type FieldControl } from '#app/_components/field.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { labelOf, splitHelp } from '#lib/backends/help.ts'
import type { BackendOption } from '#lib/backends/schema.ts'
import type { FieldWords } from '#lib/endpoints/kinds/kind.ts'
import { isSecretReference } from '#lib/endpoints/secret-references.ts'
import { MoreHelp } from './more-help.tsx'
import { isLong } from './setting-field.tsx'

export type SecretFieldProps = {
  option: BackendOption
  words: FieldWords | undefined
  /** What the saved endpoint has; it is never shown. */
  kept: { reference?: string } | null
  /** The new one; null: the kept one is to go; undefined: nothing was done. */
  value: string | null | undefined
  error: string | undefined
  onChange: (value: string | null | undefined) => void
}

/** A password, key or token: written, shown as set, replaced, never read back. */
export function SecretField({ option, words, kept, value, error, onChange }: SecretFieldProps) {
  const [asReference, setAsReference] = useState(isSecretReference(value ?? ''))
  const label = words?.label ?? labelOf(option.name)
  const help = splitHelp(option.help)
  const isWritten = value !== null && (kept === null || value !== undefined)
  return (
    <Field
      name={`settings.${option.name}`}
      label={label}
      help={words?.help ?? (words?.label ? undefined : help.first)}
      error={error}
      below={
        <>
          {isWritten && asReference && (
            <p className="text-sm text-muted-foreground">
              The agent reads it at each use: <code className="font-mono">env:FILE_ORBIT_SECRET_…</code> is a
              variable of its worker, <code className="font-mono">file:name</code> a file in the folder
              FILE_ORBIT_SECRET_FILES.
            </p>
          )}
          {isWritten && (
            <div className="flex flex-wrap gap-x-3">
              <TextButton
                about={label}
                onClick={() => {
                  onChange('')
                  setAsReference(!asReference)
                }}
              >
                {asReference ? 'Type the secret instead' : 'Give a reference instead'}
              </TextButton>
              {kept && (
                <TextButton about={label} onClick={() => onChange(undefined)}>
                  Keep the old one
                </TextButton>
              )}
            </div>
          )}
          {!words?.label && <MoreHelp name={option.name} text={help.rest} />}
        </>
      }
    >
      {(control) =>
        isWritten ? (
          <NewSecret {...{ control, option, kept, asReference, onChange }} value={value ?? ''} />
        ) : (
          <Kept {...{ control, label, kept, option, onChange }} isRemoved={value === null} />
        )
      }
    </Field>
  )
}

type PartProps = Pick<SecretFieldProps, 'option' | 'kept' | 'onChange'> & { control: FieldControl }

function Kept({
  control,
  label,
  kept,
  option,
  onChange,
  isRemoved,
}: PartProps & { label: string; isRemoved: boolean }) {
  const { name: _, ...rest } = control
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-2 rounded-md border bg-muted/60 px-2.5 py-1">
      <span className="min-w-0 flex-1 truncate">
        {isRemoved ? (
          <span className="text-muted-foreground">Will be removed</span>
        ) : kept?.reference ? (
          <code className="font-mono text-sm">{kept.reference}</code>
        ) : (
          'Set'
        )}
      </span>
      {isRemoved ? (
        <Button {...rest} aria-label={`Keep ${label}`} onClick={() => onChange(undefined)}>
          Keep it
        </Button>
      ) : (
        <>
          <Button {...rest} aria-label={`Replace ${label}`} onClick={() => onChange('')}>
            Replace
          </Button>
          {!option.required && (
            <Button variant="ghost" aria-label={`Remove ${label}`} onClick={() => onChange(null)}>
              Remove
            </Button>
          )}
        </>
      )}
    </div>
  )
}

function NewSecret({
  control,
  option,
  kept,
  asReference,
  onChange,
  value,
}: PartProps & { asReference: boolean; value: string }) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null)
  const replaces = kept !== null
  useEffect(() => {
    // Whoever pressed Replace goes on typing.
    if (replaces) field.current?.focus()
  }, [replaces])
  const typed = {
    ...{ ...control, ref: field, value, spellCheck: false, autoCapitalize: 'none' },
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  if (asReference) {
    const example = `env:FILE_ORBIT_SECRET_${option.name.toUpperCase()}`
    return <Input {...typed} autoComplete="off" className="font-mono" placeholder={example} />
  }
  if (isLong(option.name)) {
    return <Textarea {...typed} autoComplete="off" rows={3} className="font-mono break-all" />
  }
  return <Input {...typed} type="password" autoComplete="new-password" />
}

function TextButton({ about, onClick, children }: { about: string; onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="w-fit rounded text-sm text-muted-foreground underline decoration-border underline-offset-2 hover:text-foreground pointer-coarse:min-h-9"
    >
      {children}
      <span className="sr-only">: {about}</span>
    </button>
  )
}
