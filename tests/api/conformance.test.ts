import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Operation } from '#lib/api/operations.ts'
import { type Answer, client, makeKey } from '#tests/support/api.ts'
import { openDepot } from '#tests/support/depot.ts'
import { complaints, document, operations } from '#tests/support/document.ts'
import { plant, plantLarge } from '#tests/support/files.ts'
import { makeUser, signIn } from '#tests/support/sign-in.ts'
import { startWeb } from '#tests/support/web.ts'
import { conformanceCases, type Request } from './conformance-cases.ts'

const depot = await openDepot()
await plant(depot.in, { 'some/one.txt': '1', 'some/two.txt': '2', 'some/three.txt': '3' })
await plantLarge(join(depot.in, 'slow', 'large'), 1024 * 1024)
const web = await startWeb(depot.database.url, afterAll)
await depot.worker(afterAll)

const roles = ['viewer', 'operator', 'owner'] as const
const ranks = { none: 0, viewer: 1, operator: 2, owner: 3 }
type Caller = ReturnType<typeof client>
const byKey = {} as Record<(typeof roles)[number], Caller>
const byCookie = {} as typeof byKey
const people = {} as Record<(typeof roles)[number], { id: string; email: string }>
for (const role of roles) {
  byKey[role] = client(web.url, { authorization: `Bearer ${await makeKey(depot.ctx, role)}` })
  people[role] = await makeUser(depot.database, role)
  const cookie = await signIn(web.url, people[role].email)
  byCookie[role] = client(web.url, { cookie: cookie!, origin: web.url })
}
const nobody = client(web.url)
const cases = conformanceCases(depot, byKey.owner, people)
/** What an answer tells once: a repeated Idempotency-Key is answered without it. */
const toldOnce: Record<string, string> = { inviteUser: 'link', createApiKey: 'key' }

const GONE = '0199f2a4-0000-7000-8000-00000000dead'

function addressOf({ path }: Operation, { id = GONE, type = 'none', query = {} }: Request): string {
  const search = new URLSearchParams(query).toString()
  const place = path.replace('{id}', id).replace('{type}', encodeURIComponent(type))
  return `${place}${search && `?${search}`}`
}

/** The call itself; of a stream only its beginning. */
async function call(
  by: Caller,
  operation: Operation,
  request: Request,
  headers: Record<string, string> = {},
) {
  const address = addressOf(operation, request)
  if (operation.responses['200']?.content?.['text/event-stream']) {
    const stream = await by.stream(address, headers)
    const isOpen = stream.headers.get('content-type') === 'text/event-stream'
    const first = isOpen ? await stream.next(() => true) : null
    await stream.close()
    if (!first) return by.call(operation.method, address)
    expect(first.event).toBe('snapshot')
    return { status: stream.status, headers: stream.headers, body: {} }
  }
  const send = by[operation.method.toLowerCase() as 'get' | 'post' | 'patch' | 'put' | 'delete']
  return send<Record<string, unknown>>(address, request.body, headers)
}

/** Holds an answer to what the document says of its status: kind of content and shape. */
function expectAsDocumented(operation: Operation, answer: Answer<unknown>): void {
  const documented = operation.responses[String(answer.status)]
  expect(documented, `${operation.operationId} answered ${answer.status}`).toBeDefined()
  const kind = answer.headers.get('content-type')?.split(';')[0]
  const content = documented?.content
  expect(kind === undefined || kind === '' ? undefined : [kind]).toEqual(content && Object.keys(content))
  if (!content || kind === 'text/event-stream') return
  expect(complaints(content[kind!]!.schema, answer.body)).toBe('')
}

function expectProblem(operation: Operation, answer: Answer<unknown>, status: number): void {
  expect([operation.operationId, answer.status]).toEqual([operation.operationId, status])
  expectAsDocumented(operation, answer)
  expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(/\w/) })
}

/** Of a creation that can be tried out the one that creates. */
const successOf = ({ responses }: Operation) =>
  Number(Object.keys(responses).findLast((status) => status.startsWith('2')))

/** A test that an operation has no use for is not there; skipped ones would count as missing. */
function testWhere(applies: boolean, name: string, run: () => Promise<void>): void {
  if (applies) test(name, run)
}

const caseOf = (operation: Operation) => cases[operation.operationId]!

describe('the document', () => {
  test('is what the server gives out', async () => {
    expect((await nobody.get('/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(document)))
  })

  test('knows every route of the code, and no other', () => {
    const root = 'app/api/v1'
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
    const inCode = globSync(`${root}/**/route.ts`)
      .filter((file) => !file.includes('[...'))
      .flatMap((file) => {
        const path = file.slice(root.length, -'/route.ts'.length).replaceAll('[', '{').replaceAll(']', '}')
        const code = readFileSync(file, 'utf8')
        return methods
          .filter((method) => new RegExp(`export (const|function|async function) ${method}\\b`).test(code))
          .map((method) => `${method} ${path}`)
      })
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(inCode.sort())
  })

  test('has a case here for every operation, and no case has lost its operation', () => {
    expect(Object.keys(cases).sort()).toEqual(operations.map(({ operationId }) => operationId).sort())
  })

  test('gives every operation a role, and every creation its Idempotency-Key', () => {
    for (const operation of operations) {
      expect(Object.keys(ranks)).toContain(operation['x-role'])
      const forPeople = operation.path.startsWith('/sessions') ? [{ session: [] }] : undefined
      expect(operation.security).toEqual(operation['x-role'] === 'none' ? [] : forPeople)
      const takesKey = operation.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false
      expect([operation.operationId, takesKey]).toEqual([operation.operationId, successOf(operation) === 201])
    }
  })
})

describe.each(operations.map((operation) => ({ name: `${operation.method} ${operation.path}`, operation })))(
  '$name',
  ({ operation }) => {
    const least = operation['x-role']
    const takesKeys = !operation.security?.some((one) => !('apiKey' in one))
    const owner = takesKeys ? byKey.owner : byCookie.owner
    const query = operation.parameters?.filter((one) => one.in === 'query') ?? []
    const body = operation.requestBody?.content['application/json']?.schema as
      | { properties: Record<string, { type?: string }>; required?: string[] }
      | undefined
    const success = operation.responses[String(successOf(operation))]!
    const listed = success.content?.['application/json']?.schema as
      | { properties?: Record<string, unknown> }
      | undefined

    test('answers as documented whom it allows, and refuses the others', async () => {
      const anonymous = await call(nobody, operation, await caseOf(operation)())
      if (least === 'none') expectAsDocumented(operation, anonymous)
      else {
        expectProblem(operation, anonymous, 401)
        expect(anonymous.headers.get('www-authenticate')).toBe('Bearer')
      }
      for (const role of roles) {
        for (const by of [byKey[role], byCookie[role]]) {
          const answer = await call(by, operation, await caseOf(operation)(role))
          if (by === byKey[role] && !takesKeys) {
            expectProblem(operation, answer, 403)
            expect(JSON.stringify(answer.body)).toContain('An API key does not sign in')
          } else if (ranks[role] >= ranks[least]) {
            expect([role, answer.status, answer.body]).toEqual([role, successOf(operation), answer.body])
            expectAsDocumented(operation, answer)
          } else {
            expectProblem(operation, answer, 403)
            expect(JSON.stringify(answer.body)).toContain(least)
          }
        }
      }
    })

    testWhere(/\{(id|type)\}/.test(operation.path), 'answers 404 for what is not there', async () => {
      const { id: _, type: __, ...request } = await caseOf(operation)()
      expectProblem(operation, await call(owner, operation, request), 404)
    })

    testWhere(query.length > 0, 'refuses a query that it does not know or cannot read', async () => {
      const request = await caseOf(operation)()
      const asked = (name: string, value: string) =>
        call(owner, operation, { ...request, query: { ...request.query, [name]: value } })
      const wrong: [string, string][] = [['colour', 'red']]
      for (const { name, schema } of query) {
        if (schema.type === 'integer') wrong.push([name, 'many'], [name, String(schema.maximum! + 1)])
        else if (schema.format === 'uuid' || schema.enum) wrong.push([name, 'bogus'])
        else if (schema.maxLength !== undefined) wrong.push([name, 'x'.repeat(schema.maxLength + 1)])
      }
      for (const [name, value] of wrong) {
        const answer = await asked(name, value)
        expectProblem(operation, answer, 422)
        const { errors } = answer.body as { errors: { path: string }[] }
        expect([...new Set(errors.map(({ path }) => path))]).toEqual([name])
      }
    })

    testWhere(body !== undefined, 'refuses a body with an unknown, a wrong or a missing field', async () => {
      const request = await caseOf(operation)()
      const sent = (change: Record<string, unknown>) =>
        call(owner, operation, { ...request, body: { ...request.body, ...change } })
      const wrong: [string, Record<string, unknown>][] = [
        ['colour', { colour: 'red' }],
        ...Object.entries(body!.properties).map(([name, { type }]): [string, Record<string, unknown>] => [
          name,
          { [name]: type === 'object' ? 7 : { deep: true } },
        ]),
        ...(body!.required ?? []).map((name): [string, Record<string, unknown>] => [
          name,
          { [name]: undefined },
        ]),
      ]
      for (const [field, change] of wrong) {
        const answer = await sent(change)
        expectProblem(operation, answer, 422)
        const { errors } = answer.body as { errors: { path: string }[] }
        expect([change, errors.map(({ path }) => path.split('.')[0])]).toEqual([change, [field]])
      }
      const address = addressOf(operation, request)
      const post = owner[operation.method.toLowerCase() as 'post']
      expectProblem(operation, await post(address, '{"broken"'), 422)
      expectProblem(operation, await post(address, JSON.stringify({ x: 'x'.repeat(1100_000) })), 413)
    })

    testWhere(successOf(operation) === 201, 'is made once for an Idempotency-Key', async () => {
      const [request, other] = [await caseOf(operation)(), await caseOf(operation)()]
      const key = { 'idempotency-key': `k-${operation.operationId}` }
      const first = await call(owner, operation, request, key)
      const again = await call(owner, operation, request, key)
      const once = toldOnce[operation.operationId]
      const kept = once === undefined ? first.body : { ...first.body, [once]: null }
      expect([first.status, again.status, again.body]).toEqual([201, 201, kept])
      if (once !== undefined) expect(first.body[once]).toMatch(/[\w-]{20,}/)
      expectProblem(operation, await call(owner, operation, other, key), 409)
      expectProblem(operation, await call(owner, operation, other, { 'idempotency-key': 'x y' }), 422)
    })

    testWhere(listed?.properties?.items !== undefined, 'is read page by page to the end', async () => {
      const request = await caseOf(operation)()
      const small: Record<string, string> = query.some(({ name }) => name === 'limit') ? { limit: '1' } : {}
      const whole = await call(owner, operation, request)
      const all = (whole.body as { items: unknown[] }).items
      let cursor: string | null = null
      const read: unknown[] = []
      do {
        const more: Record<string, string> = cursor === null ? {} : { cursor }
        const next = await call(owner, operation, {
          ...request,
          query: { ...request.query, ...small, ...more },
        })
        expectAsDocumented(operation, next)
        const page = next.body as { items: unknown[]; nextCursor: string | null }
        read.push(...page.items)
        expect(page.nextCursor ?? '').toMatch(/^[\w-]*$/)
        cursor = page.nextCursor
      } while (cursor !== null && read.length < 5)
      expect(read.length).toBeGreaterThanOrEqual(Math.min(all.length, 3))
      expectProblem(operation, await call(owner, operation, { ...request, query: { cursor: 'b@d' } }), 422)
    })
  },
)

test.each(Object.keys(document.paths ?? {}))('%s has no other methods', async (path) => {
  const known = operations.filter((one) => one.path === path).map(({ method }) => method)
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !known.includes(method))
  for (const method of others) {
    const answer = await byKey.owner.call(method, path.replace('{id}', GONE))
    expect([method, answer.status]).toEqual([method, 405])
  }
})
