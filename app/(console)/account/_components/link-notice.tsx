'use client'

import { useSearchParams } from 'next/navigation'
import { Notice, type NoticeProps } from '#app/_components/notice.tsx'

const notices: Record<string, Pick<NoticeProps, 'tone' | 'title' | 'children'>> = {
  linked: { tone: 'ok', title: 'The account is linked. It signs you in from now on.' },
  unlinked: { tone: 'ok', title: 'The account is unlinked. It does not sign you in any more.' },
  taken: {
    tone: 'fail',
    title: 'That account signs somebody else in already.',
    children: 'Nothing was changed. Sign in with it to see whose it is, and unlink it there first.',
  },
  another: {
    tone: 'fail',
    title: 'You have linked another account of this service.',
    children: 'Unlink it first.',
  },
  stale: {
    tone: 'fail',
    title: 'You signed in too long ago to add a way in.',
    children: 'Sign out, sign in again, and link the account within five minutes.',
  },
  ended: {
    tone: 'fail',
    title: 'Nothing was linked: somebody signed in anew on this browser meanwhile.',
    children: 'Link the account again.',
  },
  kept: {
    tone: 'fail',
    title: 'The account stays linked: it is your only way in, or it was unlinked before.',
    children: 'Set a password or link another account first.',
  },
  failed: {
    tone: 'fail',
    title: 'The service did not answer as it should.',
    children: 'Try again; the log of the web process says more.',
  },
}

/** What became of linking, which went round by another server: the address says so. */
export function LinkNotice() {
  const notice = notices[useSearchParams().get('linked') ?? '']
  return notice ? <Notice {...notice} live className="mb-3" /> : null
}
