import type { z } from 'zod'
import { type FieldIssue, InvalidError } from '#lib/errors.ts'

/** Checks outside data by its schema. Throws InvalidError with every problem, each at its field. */
export function parseInput<S extends z.ZodType>(schema: S, data: unknown): z.output<S> {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.flatMap(fieldIssues)
  const message = issues
    .map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message))
    .join(' ')
  throw new InvalidError(message, issues)
}

function fieldIssues(issue: z.core.$ZodIssue): FieldIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      message: 'There is no such field.',
    }))
  }
  return [{ path: issue.path.join('.'), message: issue.message }]
}

/** Whether a text is a UUID; the database refuses others with an error of its own. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
