/** Where people land who asked for nothing in particular. */
const HOME = '/overview'

/** Addresses that lead back here, or are no pages: nobody wants to be there after signing in. */
const NOWHERE = /^\/(sign-in|setup|api)([/?#]|$)/

/** Where to go after the sign-in: the page of this server that was asked for, or the overview. */
export function localPath(to: unknown): string {
  const path = ownPath(to)
  return path === null || NOWHERE.test(path) ? HOME : path
}

/**
 * A path of this server, or null. Browsers read "//host", "/\\host" and, as they drop tabs and line breaks,
 * "/<tab>/host" as other servers.
 */
export function ownPath(to: unknown): string | null {
  if (typeof to !== 'string' || to.length > 2000 || !to.startsWith('/')) return null
  if (/[\\\p{Cc}]/u.test(to)) return null
  const here = 'http://here.invalid'
  const url = URL.parse(to, here)
  if (!url || url.origin !== here || url.pathname.startsWith('//')) return null
  return `${url.pathname}${url.search}${url.hash}`
}
