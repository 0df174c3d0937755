import type { Actor } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { auditEntries } from '#lib/db/schema/audit.ts'
import type { AuditAction } from './actions.ts'

/**
 * Writes who did what, in the deed's own transaction. `detail` is shown to people: names and figures, never
 * a secret.
 */
export async function recordAudit(
  tx: Tx,
  actor: Actor,
  entry: { action: AuditAction; subjectId?: string; detail?: Record<string, unknown> },
): Promise<void> {
  await tx.insert(auditEntries).values({
    actorType: actor.type,
    actorId: actor.id,
    actorLabel: actor.label,
    action: entry.action,
    subjectId: entry.subjectId ?? null,
    detail: entry.detail ?? {},
  })
}
