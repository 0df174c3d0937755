import { sql } from 'drizzle-orm'
import type { Db, Tx } from '#lib/db/client.ts'
import { idList } from '#lib/db/list.ts'
import { templates } from '#lib/db/schema/templates.ts'
import type { Job } from './schema.ts'
import { toJob } from './to-job.ts'
import type { JobRow } from './transition.ts'

/** Rows as clients see them, each with the name of the template it is a run of; deleted ones keep theirs. */
export async function toJobs(db: Db | Tx, rows: JobRow[]): Promise<Job[]> {
  const ids = [...new Set(rows.flatMap(({ templateId }) => templateId ?? []))]
  const found =
    ids.length === 0
      ? []
      : await db
          .select({ id: templates.id, name: templates.name })
          .from(templates)
          .where(sql`${templates.id} = any(${idList(ids)})`)
  const names = new Map(found.map((template) => [template.id, template]))
  return rows.map((row) => toJob(row, (row.templateId && names.get(row.templateId)) || null))
}

export async function oneJob(db: Db | Tx, row: JobRow): Promise<Job> {
  const [job] = await toJobs(db, [row])
  return job!
}
