import { removeOldEntries } from '#lib/audit/remove-old-entries.ts'
import type { Context } from '#lib/context.ts'
import { log } from '#lib/log.ts'
import { removeOldJobs } from '#lib/retention/remove-old-jobs.ts'

/** Jobs older than what is kept, with their files and logs. Each removal is told here and in the audit. */
export async function keepRetention(ctx: Context, keepMonths: number): Promise<void> {
  const { removed, held } = await removeOldJobs({ ctx, keepMonths })
  for (const { month, jobs, files, bytes } of removed)
    log.info({ month, jobs, files, bytes }, 'removed a month')
  for (const { month, because } of held) log.info({ month, because }, 'an old month stays for now')
}

/** Audit entries, as long as jobs. */
export async function keepAudit(ctx: Context, keepMonths: number): Promise<void> {
  const entries = await removeOldEntries({ ctx, keepMonths })
  if (entries > 0) log.info({ entries }, 'removed old audit entries')
}
