'use server'

import { type ActionResult, act } from '#app/_server/action.ts'
import { signInPlace } from '#app/_server/client-address.ts'
import { currentSessionId } from '#app/_server/session-id.ts'
import { type Exported, exportEndpoints } from '#lib/rclone-conf/export-endpoints.ts'

/** The text goes to the browser of whoever gave their password just now, and is kept nowhere on the way. */
export async function exportConf(password: string): Promise<ActionResult<Exported>> {
  const [sessionId, { address }] = await Promise.all([currentSessionId(), signInPlace()])
  return act((ctx) => exportEndpoints({ ctx, input: { password }, sessionId, address }))
}
