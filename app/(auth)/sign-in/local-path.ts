/** Where to go after the sign-in: a path of this server, or the jobs. "//host" and "/\\host" are other servers. */
export function localPath(to: unknown): string {
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/jobs'
}
