import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { apiKeySchema, createApiKeySchema, madeApiKeySchema } from '#lib/api-keys/schema.ts'
import { auditEntrySchema, listAuditSchema } from '#lib/audit/schema.ts'
import {
  invitationSchema,
  inviteSchema,
  madeInvitationSchema,
  pageQuerySchema,
  patchUserSchema,
  sessionSchema,
  userSchema,
} from '#lib/users/people-schema.ts'
import { answer, body, creation, id, operation, page } from './operation.ts'

const user = userSchema.meta({ id: 'User' })
const invitation = invitationSchema.meta({ id: 'Invitation' })
const apiKey = apiKeySchema.meta({ id: 'ApiKey' })

/** Keys do not sign in: these operations take the cookie of a person alone. */
const forPeople = { security: [{ session: [] }] }

/** People, their ways in, and who did what. */
export const peoplePaths: ZodOpenApiPathsObject = {
  '/users': {
    get: operation('listUsers', 'Users by address', {
      role: 'owner',
      requestParams: { query: pageQuerySchema },
      responses: { '200': answer('A page', page(user)) },
    }),
  },
  '/users/{id}': {
    patch: operation('updateUser', 'Change a role, disable or enable', {
      role: 'owner',
      description:
        'Holds from the next request of that user on; disabling ends their sign-ins at once. The last owner who can sign in is neither demoted nor disabled (409).',
      requestParams: { path: id },
      requestBody: body(patchUserSchema, { role: 'operator' }),
      responses: { '200': answer('The user', user) },
    }),
  },
  '/invitations': {
    get: operation('listInvitations', 'Invitations, newest first', {
      role: 'owner',
      description: 'Those that ended too, for a month.',
      requestParams: { query: pageQuerySchema },
      responses: { '200': answer('A page', page(invitation)) },
    }),
    post: operation('inviteUser', 'Invite a person by a link', {
      role: 'owner',
      description:
        'No mail is sent: pass the link on. It works once, for 7 days, and ends an earlier one for the same address. `link` is told this once and is null when the Idempotency-Key is repeated.',
      requestParams: { header: creation },
      requestBody: body(inviteSchema, { email: 'ops@studio.example', role: 'operator' }),
      responses: { '201': answer('The invitation with its link', madeInvitationSchema) },
    }),
  },
  '/invitations/{id}': {
    delete: operation('revokeInvitation', 'Withdraw an open invitation', {
      role: 'owner',
      requestParams: { path: id },
      responses: { '204': { description: 'Withdrawn' } },
    }),
  },
  '/api-keys': {
    get: operation('listApiKeys', 'API keys that are not revoked, newest first', {
      role: 'owner',
      requestParams: { query: pageQuerySchema },
      responses: { '200': answer('A page', page(apiKey)) },
    }),
    post: operation('createApiKey', 'Make an API key', {
      role: 'owner',
      description: '`key` is told this once and is null when the Idempotency-Key is repeated.',
      requestParams: { header: creation },
      requestBody: body(createApiKeySchema, { name: 'nightly', role: 'operator' }),
      responses: { '201': answer('The key', madeApiKeySchema) },
    }),
  },
  '/api-keys/{id}': {
    delete: operation('revokeApiKey', 'Revoke an API key; it is refused from the next request on', {
      role: 'owner',
      requestParams: { path: id },
      responses: { '204': { description: 'Revoked' } },
    }),
  },
  '/sessions': {
    get: operation('listSessions', "One's own sign-ins that have not ended, newest first", {
      role: 'viewer',
      description: 'For people: an API key has none and is refused (403).',
      ...forPeople,
      requestParams: { query: pageQuerySchema },
      responses: { '200': answer('A page', page(sessionSchema)) },
    }),
  },
  '/sessions/{id}': {
    delete: operation('endSession', "End one of one's own sign-ins", {
      role: 'viewer',
      description: 'For people: an API key has none and is refused (403).',
      ...forPeople,
      requestParams: { path: id },
      responses: { '204': { description: 'Ended' } },
    }),
  },
  '/audit': {
    get: operation('listAudit', 'Who did what, newest first', {
      role: 'owner',
      description:
        'With a filter a page may be short, even empty, before the end: go on until `nextCursor` is null.',
      requestParams: { query: listAuditSchema },
      responses: { '200': answer('A page', page(auditEntrySchema)) },
    }),
  },
}
