import type { AuditAction } from '#lib/audit/actions.ts'

/** What an action did, after its actor's name: "owner@… invited a person". */
const deeds: Record<AuditAction, string> = {
  'agent.set_roots': 'changed the allowed folders',
  'api_key.create': 'made an API key',
  'api_key.revoke': 'revoked an API key',
  'endpoint.create': 'added an endpoint',
  'endpoint.delete': 'deleted an endpoint',
  'endpoint.export': 'exported endpoints with their secrets',
  'endpoint.import': 'imported endpoints',
  'endpoint.update': 'changed an endpoint',
  'event.replay': 'replayed events',
  'file.delete': 'deleted from an endpoint',
  'file.delete.failed': 'could not delete from an endpoint',
  'file.download': 'downloaded a file',
  'file.download.failed': 'could not download a file',
  'file.make_folder': 'made a folder',
  'file.make_folder.failed': 'could not make a folder',
  'file.rename': 'renamed on an endpoint',
  'file.rename.failed': 'could not rename on an endpoint',
  'file.upload': 'uploaded a file',
  'file.upload.failed': 'could not upload a file',
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
  'schedule.seen': 'saw that a schedule did not run',
  'secrets.rotate': 'sealed the secrets to the newest key',
  'session.end': 'ended a session',
  'session.end_others': 'ended all other sessions',
  'template.create': 'made a template',
  'template.delete': 'deleted a template',
  'template.update': 'changed a template',
  'user.change_name': 'changed their name',
  'user.change_password': 'changed their password',
  'user.change_password_refused': 'gave a wrong present password',
  'user.change_role': 'changed a role',
  'user.confirm_refused': 'gave a wrong password when asked for it again',
  'user.create_first_owner': 'made the first owner',
  'user.disable': 'disabled a person',
  'user.enable': 'enabled a person',
  'user.set_password': 'set a password',
  'user.sign_in': 'signed in',
  'user.sign_in_refused': 'refused a sign-in',
  'user.sign_out': 'signed out',
  'user.sign_up': 'came uninvited, as the settings allow',
  'view.delete': 'deleted a view',
  'view.save': 'saved a view',
}

/** The action's own name where an older version called it otherwise. */
export function deedOf(action: string): string {
  return (deeds as Record<string, string | undefined>)[action] ?? action
}

/** The page of the thing that an entry is about, where it has one. */
export function subjectHref(action: string, subjectId: string | null): string | null {
  const noun = action.split('.')[0]
  if (subjectId === null) return null
  if (noun === 'file') return `/endpoints/${subjectId}`
  if (action.endsWith('.delete')) return null
  return noun === 'job' || noun === 'endpoint' || noun === 'template' ? `/${noun}s/${subjectId}` : null
}

/** The detail on one line: "name archive, role viewer". */
export function detailText(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
