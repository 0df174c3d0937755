// Browser-safe.

/** What is done to a file of an endpoint; the row is written before, and a second one when it failed. */
export type FileAction = `file.${'make_folder' | 'rename' | 'delete' | 'upload' | 'download'}`

/** All that the audit tells of, as noun.verb. Each needs its words: app/(console)/audit/_components/words.ts. */
export type AuditAction =
  | 'agent.set_roots'
  | `api_key.${'create' | 'revoke'}`
  | `endpoint.${'create' | 'update' | 'delete' | 'import' | 'export'}`
  | 'event.replay'
  | FileAction
  | `${FileAction}.failed`
  | `identity.${'link' | 'unlink'}`
  | `invitation.${'create' | 'accept' | 'revoke'}`
  | `job.${'create' | 'update' | 'cancel' | 'pause' | 'resume' | 'retry'}`
  | `retention.${'remove_audit' | 'remove_month'}`
  | 'schedule.seen'
  | 'secrets.rotate'
  | `session.${'end' | 'end_others'}`
  | `template.${'create' | 'update' | 'delete'}`
  | 'user.change_name'
  | 'user.change_password'
  | 'user.change_password_refused'
  | 'user.change_role'
  | 'user.confirm_refused'
  | 'user.create_first_owner'
  | 'user.disable'
  | 'user.enable'
  | 'user.set_password'
  | 'user.sign_in'
  | 'user.sign_in_refused'
  | 'user.sign_out'
  | 'user.sign_up'
  | `view.${'save' | 'delete'}`
