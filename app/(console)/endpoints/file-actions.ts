'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { countFiles, deleteFiles, makeFolder, renameFile } from '#lib/files/change-files.ts'
import type { FileCount } from '#lib/files/schema.ts'

export async function newFolder(id: string, input: unknown): Promise<ActionResult<{ path: string }>> {
  return act((ctx) => makeFolder({ ctx, id, input }))
}

export async function rename(id: string, input: unknown): Promise<ActionResult<{ path: string }>> {
  return act((ctx) => renameFile({ ctx, id, input }))
}

export async function remove(id: string, input: unknown): Promise<ActionResult<void>> {
  return act((ctx) => deleteFiles({ ctx, id, input }))
}

export async function countBelow(id: string, input: unknown): Promise<ActionResult<FileCount>> {
  return act((ctx) => countFiles({ ctx, id, input }))
}
