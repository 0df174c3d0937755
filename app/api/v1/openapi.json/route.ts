import { json } from '#app/_server/route.ts'
import { apiDocument } from '#lib/api/document.ts'

export function GET(): Response {
  return json(apiDocument())
}
