/** What an action did, after its actor's name: "owner@… invited a person". */
const deeds: Record<string, string> = {
  'agent.set_roots': 'changed the allowed folders',
  'api_key.create': 'made an API key',
  'api_key.revoke': 'revoked an API key',
  'endpoint.create': 'added an endpoint',
  'endpoint.delete': 'deleted an endpoint',
  'endpoint.update': 'changed an endpoint',
  'identity.link': 'linked an account elsewhere',
  'identity.unlink': 'unlinked an account elsewhere',
  'invitation.accept': 'accepted an invitation',
  'invitation.create': 'invited a person',
  'invitation.revoke': 'withdrew an invitation',
  'job.cancel': 'cancelled a job',
  'job.create': 'started a job',
  'job.pause': 'paused a job',
  'job.resume': 'resumed a job',
  'job.retry': 'retried a job',
  'job.update': 'changed a job',
  'retention.remove_audit': 'removed old audit entries',
  'retention.remove_month': 'removed a month of jobs',
  'session.end': 'ended a session',
  'session.end_others': 'ended all other sessions',
  'user.change_name': 'changed their name',
  'user.change_password': 'changed their password',
  'user.change_password_refused': 'gave a wrong present password',
  'user.change_role': 'changed a role',
  'user.create_first_owner': 'made the first owner',
  'user.disable': 'disabled a person',
  'user.enable': 'enabled a person',
  'user.set_password': 'set a password',
  'user.sign_in': 'signed in',
  'user.sign_in_refused': 'refused a sign-in',
  'view.delete': 'deleted a view',
  'view.save': 'saved a view',
}

/** The action's own name where nobody has found words yet. */
export function deedOf(action: string): string {
  return deeds[action] ?? action
}

/** The page of the thing that an entry is about, where it has one. */
export function subjectHref(action: string, subjectId: string | null): string | null {
  const noun = action.split('.')[0]
  if (subjectId === null || (noun !== 'job' && noun !== 'endpoint')) return null
  return action === 'endpoint.delete' ? null : `/${noun}s/${subjectId}`
}

/** The detail on one line: "name archive, role viewer". */
export function detailText(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
