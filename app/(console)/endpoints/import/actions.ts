'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { importEndpoints } from '#lib/rclone-conf/import-endpoints.ts'
import type { ImportAnswer } from '#lib/rclone-conf/schema.ts'

export async function importConf(input: unknown): Promise<ActionResult<ImportAnswer>> {
  return act((ctx) => importEndpoints({ ctx, input }))
}
