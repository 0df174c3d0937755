import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiDocument } from '#lib/api/document.ts'

const root = 'app/api/v1'
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** "app/api/v1/jobs/[id]/route.ts" with a GET → "GET /jobs/{id}". */
function routesInCode(): string[] {
  return globSync(`${root}/**/route.ts`)
    .filter((file) => !file.includes('[...'))
    .flatMap((file) => {
      const path = file.slice(root.length, -'/route.ts'.length).replaceAll('[', '{').replaceAll(']', '}')
      const code = readFileSync(file, 'utf8')
      return methods
        .filter((method) => new RegExp(`export (const|function|async function) ${method}\\b`).test(code))
        .map((method) => `${method} ${path}`)
    })
}

const document = apiDocument()

const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item ?? {}).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    operation: operation as { operationId: string; summary?: string; responses: Record<string, unknown> },
  })),
)

test('every route of the code is in the document, and nothing else is', () => {
  const documented = operations.map(({ route }) => route)
  expect(documented.sort()).toEqual(routesInCode().sort())
})

test('every operation has an id of its own, a summary and an answer that succeeds', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { operation } of operations) {
    expect(operation.summary).toBeTruthy()
    expect(Object.keys(operation.responses).some((status) => /^20[014]$/.test(status))).toBe(true)
  }
})

test('every reference leads to something', () => {
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((found) => found[1]!.split('/'))
  expect(references.length).toBeGreaterThan(10)
  for (const parts of references) {
    const target = parts.reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part],
      document,
    )
    expect(target, parts.join('/')).toBeDefined()
  }
})

test('requests refuse unknown fields in the document as they do in the code', () => {
  const body = document.paths?.['/jobs']?.post?.requestBody as { content: Record<string, { schema: object }> }
  expect(body.content['application/json']?.schema).toMatchObject({ additionalProperties: false })
})
