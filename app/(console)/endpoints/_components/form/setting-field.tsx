'use client'

import { useId } from 'react'
import { Field, type FieldControl } from '#app/_components/field.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { Switch } from '#app/_components/ui/switch.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import { isForProvider } from '#lib/backends/for-provider.ts'
import { labelOf, splitHelp } from '#lib/backends/help.ts'
import type { BackendOption } from '#lib/backends/schema.ts'
import type { FieldWords } from '#lib/endpoints/kinds/kind.ts'
import { MoreHelp } from './more-help.tsx'

export type SettingFieldProps = {
  option: BackendOption
  words: FieldWords | undefined
  /** '' is unset. */
  value: string
  provider: string | undefined
  error: string | undefined
  /** Said below, such as how a pasted address was read. */
  note?: string
  onChange: (value: string) => void
  onBlur?: () => void
}

/** One setting that is no secret, by the control that fits its type. */
export function SettingField({
  option,
  words,
  value,
  provider,
  error,
  note,
  onChange,
  onBlur,
}: SettingFieldProps) {
  const help = splitHelp(option.help)
  return (
    <Field
      name={`settings.${option.name}`}
      label={words?.label ?? labelOf(option.name)}
      help={words?.help ?? (words?.label ? undefined : help.first)}
      example={words?.example}
      error={error}
      inline={option.type === 'bool'}
      below={
        <>
          {note && (
            <p role="status" className="text-sm text-ok">
              {note}
            </p>
          )}
          {!words?.label && <MoreHelp name={option.name} text={help.rest} />}
        </>
      }
    >
      {(control) => (
        <Control {...{ control, option, value, provider, onChange, onBlur }} example={words?.example} />
      )}
    </Field>
  )
}

type ControlProps = Pick<SettingFieldProps, 'option' | 'value' | 'provider' | 'onChange' | 'onBlur'> & {
  control: FieldControl
  example: string | undefined
}

function Control({ control, option, value, provider, example, onChange, onBlur }: ControlProps) {
  const examples = option.examples.filter((one) => isForProvider(one.provider, provider))
  const typed = { value, onBlur, placeholder: option.default || example, spellCheck: false }
  if (option.type === 'bool') {
    const { name: _, ...rest } = control
    const preset = option.default === 'true'
    return (
      <Switch
        {...rest}
        checked={value === '' ? preset : value === 'true'}
        onCheckedChange={(on) => onChange(on === preset ? '' : String(on))}
      />
    )
  }
  if (option.type === 'Tristate') {
    const choices = [
      { value: 'true', label: 'Yes' },
      { value: 'false', label: 'No' },
    ]
    return <Choices {...{ control, value, onChange, choices }} unset="As rclone decides" />
  }
  // The provider decides about other fields: typed half, it would hide them.
  if ((option.exclusive || option.name === 'provider') && examples.length > 0) {
    const choices = examples
      .filter((one) => one.value !== '')
      .map((one) => ({ value: one.value, label: choiceLabel(one) }))
    const unset = option.default ? `Default: ${option.default}` : 'Not set'
    return <Choices {...{ control, value, onChange, choices, unset }} />
  }
  if (isLong(option.name)) {
    return (
      <Textarea
        {...control}
        {...typed}
        rows={2}
        className="min-h-0 font-mono break-all"
        onChange={(event) => onChange(event.target.value)}
      />
    )
  }
  const isNumber = ['int', 'float64'].includes(option.type)
  return (
    <Suggesting examples={examples.filter((one) => one.value !== '')}>
      {(list) => (
        <Input
          {...control}
          {...typed}
          list={list}
          inputMode={isNumber ? 'decimal' : undefined}
          autoCapitalize="none"
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Suggesting>
  )
}

function Choices({
  control,
  value,
  onChange,
  choices,
  unset,
}: {
  control: FieldControl
  value: string
  onChange: (value: string) => void
  choices: { value: string; label: string }[]
  unset: string
}) {
  const isOther = value !== '' && !choices.some((choice) => choice.value === value)
  return (
    <Select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{unset}</option>
      {isOther && <option value={value}>{value}</option>}
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </Select>
  )
}

/** Values that may be taken or typed over. */
function Suggesting({
  examples,
  children,
}: {
  examples: BackendOption['examples']
  children: (list: string | undefined) => React.ReactNode
}) {
  const id = useId()
  if (examples.length === 0) return children(undefined)
  return (
    <>
      {children(id)}
      <datalist id={id}>
        {examples.map((one) => (
          <option key={`${one.provider} ${one.value}`} value={one.value}>
            {splitHelp(one.help).first}
          </option>
        ))}
      </datalist>
    </>
  )
}

function choiceLabel({ value, help }: { value: string; help: string }): string {
  const { first } = splitHelp(help)
  const said = first.replace(/\.$/, '')
  if (said === '' || said.toLowerCase() === value.toLowerCase()) return value
  return said.length > 90 ? `${value}: ${said.slice(0, 88)}…` : `${value}: ${said}`
}

/** Keys and certificates come in lines. */
export function isLong(name: string): boolean {
  return /(^|_)(pem|credentials|host_keys|token|cert|metadata)$/.test(name)
}
