import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { problem } from '#app/_server/problem.ts'
import { DomainError } from '#lib/errors.ts'
import { complaints, document, operations } from '#tests/support/document.ts'

test('is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const result = await validator.validate(JSON.parse(JSON.stringify(document)))
  expect(result).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('a document that is wrong would be found', async () => {
  const wrong = { ...JSON.parse(JSON.stringify(document)), paths: { '/jobs': { get: { responses: 7 } } } }
  expect(await new Validator().validate(wrong)).toMatchObject({ valid: false })
})

test('every operation has an id of its own, a summary, a noun and an answer that succeeds', () => {
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const operation of operations) {
    expect(operation).toMatchObject({ summary: expect.stringMatching(/./), tags: [expect.any(String)] })
    expect(Object.keys(operation.responses).some((status) => /^20[014]$/.test(status))).toBe(true)
  }
})

test('every example is one that its schema takes', () => {
  const bodies = operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}))
  expect(bodies.length).toBeGreaterThan(3)
  for (const { schema, example } of bodies) {
    expect(example).toBeDefined()
    expect(complaints(schema, example)).toBe('')
  }
})

test('rate limits are reserved: their headers stand at 429, and a refusal of that kind answers it', async () => {
  const limited = operations.filter((one) => one['x-role'] !== 'none')
  for (const { responses } of limited) {
    expect(responses['429']).toMatchObject({ headers: { RateLimit: {}, 'RateLimit-Policy': {} } })
  }
  const answer = problem(new DomainError('too_many', 'Wait a minute.'))
  expect([answer.status, await answer.json()]).toEqual([
    429,
    { type: 'about:blank', title: 'Too many requests', status: 429, detail: 'Wait a minute.' },
  ])
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
