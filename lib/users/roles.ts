import type { Role } from '#lib/db/schema/users.ts'

// Browser-safe, and light: the forms weigh no schema for a sentence.

/** What a role may do, in a sentence. */
export const roleSentences: Record<Role, string> = {
  owner: 'Does everything: people, keys, allowed folders and settings too.',
  operator: 'Starts, stops and changes transfers and endpoints.',
  viewer: 'Sees jobs, endpoints and logs, and changes nothing.',
}

/** An invitation lies in a mailbox or a chat for a while; longer than a week it is forgotten there. */
export const INVITATION_DAYS = 7
