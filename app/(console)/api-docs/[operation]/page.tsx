import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Page, PageHeader, Section } from '#app/_components/frame/page.tsx'
import { Badge } from '#app/_components/ui/badge.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { pageContext } from '#app/_server/action.ts'
import { type Operation, readOperations, type Schema } from '#lib/api/operations.ts'
import { exampleOf, fieldsOf, typeText } from '#lib/api/schema-view.ts'
import { CodeBlock } from '../_components/code-block.tsx'
import { FieldsTable } from '../_components/fields-table.tsx'
import { Method } from '../_components/method.tsx'
import { Prose } from '../_components/prose.tsx'
import { TryIt } from '../_components/try-it.tsx'

export const metadata: Metadata = { title: 'API' }

type Schemas = Record<string, Schema>

export default async function OperationPage({ params }: { params: Promise<{ operation: string }> }) {
  const { operation: id } = await params
  const ctx = await pageContext()
  const { operations, schemas } = readOperations()
  const operation = operations.find(({ operationId }) => operationId === id)
  if (!operation || ctx.actor.type !== 'user') notFound()
  const parameters = operation.parameters ?? []
  const body = operation.requestBody?.content['application/json']
  const bodyExample = body && JSON.stringify(body.example ?? exampleOf(body.schema, schemas), null, 2)
  const role = operation['x-role']
  return (
    <Page trail={[{ label: 'API', href: '/api-docs' }, { label: operation.operationId }]}>
      <PageHeader
        title={<Prose text={operation.summary} />}
        badge={<Badge>{role === 'none' ? 'no key' : `${role} or more`}</Badge>}
      />
      <p className="mt-1.5 flex flex-wrap items-baseline">
        <Method method={operation.method} />
        <code className="font-mono text-sm break-all">/api/v1{operation.path}</code>
      </p>
      {operation.description && (
        <p className="mt-2 max-w-[75ch] text-muted-foreground">
          <Prose text={operation.description} />
        </p>
      )}
      {parameters.length > 0 && (
        <Section title="Parameters">
          <Card className="p-0">
            <FieldsTable
              label="Parameters"
              fields={parameters.map(({ name, required, description, schema, in: place }) => ({
                name,
                required: required ?? false,
                type: `${typeText(schema, schemas)} in the ${place}`,
                about: aboutOf(description ?? schema.description, schema.default),
              }))}
            />
          </Card>
        </Section>
      )}
      {body && (
        <Section title="Body" note="JSON">
          <Card className="p-0">
            <FieldsTable label="Fields of the body" fields={fieldsOf(body.schema, schemas)} />
          </Card>
        </Section>
      )}
      <Section title="Try it" note="as yourself, on this server">
        <TryIt
          method={operation.method}
          path={operation.path}
          summary={operation.summary}
          parameters={parameters.map(({ name, in: place, required, schema }) => ({
            name,
            in: place,
            required: required ?? false,
            choices: schema.enum?.map(String) ?? null,
            example: exampleText(schema, schemas),
          }))}
          body={bodyExample ?? null}
          needs={role}
        />
      </Section>
      <Answers operation={operation} schemas={schemas} />
    </Page>
  )
}

function aboutOf(description: string | undefined, unset: unknown): string {
  return [description, unset !== undefined && `${String(unset) || 'Empty'} when not given.`]
    .filter(Boolean)
    .join(' ')
}

function exampleText(schema: Schema, schemas: Schemas): string | null {
  const value = exampleOf(schema, schemas)
  return value === 'text' || value === '' ? null : String(value)
}

function Answers({ operation, schemas }: { operation: Operation; schemas: Schemas }) {
  const answers = Object.entries(operation.responses)
  const refused = answers.filter(([status]) => Number(status) >= 400)
  return (
    <>
      {answers
        .filter(([status]) => Number(status) < 400)
        .map(([status, { description, content }]) => {
          const [kind, one] = Object.entries(content ?? {})[0] ?? []
          // Of an answer every field is there, or it says in its type that it may be null.
          const fields = (one ? fieldsOf(one.schema, schemas) : []).map((field) => ({
            ...field,
            required: false,
          }))
          return (
            <Section key={status} title={`Answer ${status}`} note={kind ?? 'no body'}>
              <p className="mb-2 text-muted-foreground">{description}</p>
              {fields.length > 0 && (
                <Card className="p-0">
                  <FieldsTable label={`Fields of answer ${status}`} fields={fields} />
                </Card>
              )}
              {one && fields.length > 0 && (
                <details className="mt-2">
                  <summary className="w-fit text-muted-foreground hover:text-foreground">
                    An example of its shape
                  </summary>
                  <div className="mt-2">
                    <CodeBlock
                      text={JSON.stringify(exampleOf(one.schema, schemas), null, 2)}
                      what="example"
                      label={`Example of answer ${status}`}
                    />
                  </div>
                </details>
              )}
            </Section>
          )
        })}
      {refused.length > 0 && (
        <Section title="Refusals" note="problem details: type, title, status, detail, errors">
          <Card className="p-0">
            <FieldsTable
              label="Refusals"
              fields={refused.map(([status, { description }]) => ({
                name: status,
                type: '',
                required: false,
                about: description,
              }))}
            />
          </Card>
        </Section>
      )}
    </>
  )
}
