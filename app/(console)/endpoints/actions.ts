'use server'

import { redirect } from 'next/navigation'
import { type ActionResult, act } from '#app/_server/action.ts'
import { setRoots } from '#lib/agents/set-roots.ts'
import { testEndpoint, testUnsavedEndpoint } from '#lib/endpoints/ask-endpoint.ts'
import { createEndpoint } from '#lib/endpoints/create-endpoint.ts'
import { deleteEndpoint } from '#lib/endpoints/delete-endpoint.ts'
import type { Endpoint, TestResult } from '#lib/endpoints/schema.ts'
import { signIn } from '#lib/endpoints/sign-in.ts'
import type { SignInStep } from '#lib/endpoints/sign-in-schema.ts'
import { updateEndpoint } from '#lib/endpoints/update-endpoint.ts'

export async function saveEndpoint(id: string | null, input: unknown): Promise<ActionResult<Endpoint>> {
  return act((ctx) => (id === null ? createEndpoint({ ctx, input }) : updateEndpoint({ ctx, id, input })))
}

export async function testSettings(input: unknown): Promise<ActionResult<TestResult>> {
  return act((ctx) => testUnsavedEndpoint({ ctx, input }))
}

export async function askSignIn(input: unknown): Promise<ActionResult<SignInStep>> {
  return act((ctx) => signIn({ ctx, input }))
}

export async function testSaved(id: string, write = false): Promise<ActionResult<TestResult>> {
  return act((ctx) => testEndpoint({ ctx, id, input: { write } }))
}

export async function removeEndpoint(id: string): Promise<ActionResult<void>> {
  const done = await act((ctx) => deleteEndpoint({ ctx, id }))
  if (done.ok) redirect('/endpoints')
  return done
}

export async function allowFolders(roots: string[]): Promise<ActionResult<string[]>> {
  return act((ctx) => setRoots({ ctx, input: { roots } }))
}
