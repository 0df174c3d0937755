/** The link of an invitation, at the address that people open. `npm start` and bin/web.ts set it. */
export function inviteLink(token: string): string {
  const link = new URL('/invite', process.env.FILE_ORBIT_PUBLIC_URL)
  link.searchParams.set('token', token)
  return link.href
}
