'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Field } from '#app/_components/field.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Checks } from './check.tsx'
import type { S3Draft } from './draft.ts'
import { QueueTest } from './queue-test.tsx'
import type { TriggerFieldsProps } from './schedule-fields.tsx'

const kinds = [
  ['created', 'created'],
  ['removed', 'removed (for a sync)'],
  ['restored', 'restored from an archive'],
] as const

const secrets = [
  {
    name: 'secretAccessKey',
    label: 'Secret access key',
    help: 'Sealed: only the agent can open it.',
  },
  { name: 'sessionToken', label: 'Session token', help: 'Of a key that is borrowed for a while.' },
] as const

/** The queue that the bucket's events come by. */
export function S3Fields({
  value,
  onChange,
  errorAt,
  bucket,
}: TriggerFieldsProps<S3Draft> & {
  /** Bucket and prefix of the source. */
  bucket: string
}) {
  const settings = value.settings ?? {}
  // What was sealed before stays when another was typed and taken back.
  const [before] = useState(settings)
  const set = (name: string, text: string) => {
    const { [name]: _, ...rest } = settings
    const sealed = before[name]
    if (text !== '') onChange({ ...value, settings: { ...rest, [name]: text } })
    else if (typeof sealed === 'object') onChange({ ...value, settings: { ...rest, [name]: sealed } })
    else onChange({ ...value, settings: rest })
  }
  const guide = new URLSearchParams({
    bucket,
    queueUrl: value.queueUrl,
    region: value.region,
    kinds: (value.kinds ?? ['created']).join(','),
  })
  return (
    <div className="grid gap-3.5">
      <p className="text-muted-foreground">
        The bucket sends its events to an SQS queue, and the agent reads that.{' '}
        <Link
          href={`/templates/s3-events?${guide}`}
          target="_blank"
          className="text-primary underline underline-offset-2"
        >
          The AWS side, step by step
        </Link>
      </p>
      <div className="grid items-start gap-3.5 sm:grid-cols-[minmax(0,1fr)_180px]">
        <Field
          name="queueUrl"
          label="URL of the queue"
          example="https://sqs.eu-central-1.amazonaws.com/123456789012/uploads"
          error={errorAt('queueUrl')}
        >
          {(control) => (
            <Input
              {...control}
              value={value.queueUrl}
              onChange={(event) => {
                const queueUrl = event.target.value.trim()
                const region = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\./.exec(queueUrl)?.[1]
                onChange({ ...value, queueUrl, region: region ?? value.region })
              }}
              spellCheck={false}
              className="font-mono"
            />
          )}
        </Field>
        <Field name="region" label="Region" error={errorAt('region')}>
          {(control) => (
            <Input
              {...control}
              value={value.region}
              onChange={(event) => onChange({ ...value, region: event.target.value.trim() })}
              spellCheck={false}
            />
          )}
        </Field>
      </div>
      <Checks
        legend="When an object is"
        all={kinds}
        chosen={value.kinds ?? ['created']}
        onChange={(chosen) => onChange({ ...value, kinds: chosen })}
        error={errorAt('kinds')}
      />
      <div className="grid items-start gap-3.5 sm:grid-cols-2">
        <Field
          name="settings.accessKeyId"
          label="Access key"
          help="Left empty: the agent’s own role is used."
          optional
          error={errorAt('settings.accessKeyId')}
        >
          {(control) => (
            <Input
              {...control}
              value={typeof settings.accessKeyId === 'string' ? settings.accessKeyId : ''}
              onChange={(event) => set('accessKeyId', event.target.value.trim())}
              spellCheck={false}
              autoComplete="off"
              className="font-mono"
            />
          )}
        </Field>
        {secrets.map(({ name, label, help }) => (
          <Field
            key={name}
            name={`settings.${name}`}
            label={label}
            help={typeof settings[name] === 'object' ? 'One is set. Type another to replace it.' : help}
            optional
            error={errorAt(`settings.${name}`)}
          >
            {(control) => (
              <Input
                {...control}
                type="password"
                value={typeof settings[name] === 'string' ? settings[name] : ''}
                placeholder={typeof settings[name] === 'object' ? '••••••••' : undefined}
                onChange={(event) => set(name, event.target.value)}
                autoComplete="new-password"
              />
            )}
          </Field>
        ))}
        <Field
          name="endpointUrl"
          label="Address of the service"
          help="Only where it is not AWS’s own."
          optional
          error={errorAt('endpointUrl')}
        >
          {(control) => (
            <Input
              {...control}
              type="url"
              value={value.endpointUrl ?? ''}
              onChange={(event) =>
                onChange({ ...value, endpointUrl: event.target.value.trim() || undefined })
              }
              spellCheck={false}
            />
          )}
        </Field>
        <Field
          name="listEveryMinutes"
          label="List the bucket every"
          help="Minutes. Finds objects whose event never came; 0: never."
          error={errorAt('listEveryMinutes')}
        >
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              max={10_080}
              value={value.listEveryMinutes ?? 60}
              onChange={(event) => onChange({ ...value, listEveryMinutes: Number(event.target.value) })}
            />
          )}
        </Field>
      </div>
      <QueueTest
        input={{
          ...(value.id && { triggerId: value.id }),
          ...{ queueUrl: value.queueUrl, region: value.region, endpointUrl: value.endpointUrl ?? null },
          ...{ settings, bucket },
        }}
      />
    </div>
  )
}
