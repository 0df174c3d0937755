import { jobSchema } from '#lib/jobs/schema.ts'

/** The job as a named part of the document: one object, or zod-openapi takes two for two. */
export const job = jobSchema.meta({ id: 'Job' })
