import {
  ArrowLeftRight,
  Copy,
  HardDrive,
  Inbox,
  LayoutDashboard,
  type LucideIcon,
  ScrollText,
  Settings,
  Users,
} from 'lucide-react'

export type Place = {
  href: string
  label: string
  icon: LucideIcon
  /** A number beside the entry, by this name from the frame's `counts`. */
  count?: 'endpoints' | 'templates'
  /** The number of jobs that run now, live. */
  live?: boolean
  /** Below the line, and for this role only. */
  owners?: boolean
}

/** The entries of the sidebar and of the phone's bottom bar. An entry appears with its page, never before. */
export const places: readonly Place[] = [
  { href: '/overview', label: 'Overview', icon: LayoutDashboard },
  { href: '/jobs', label: 'Jobs', icon: ArrowLeftRight, live: true },
  { href: '/templates', label: 'Templates', icon: Copy, count: 'templates' },
  { href: '/endpoints', label: 'Endpoints', icon: HardDrive, count: 'endpoints' },
  { href: '/events', label: 'Events', icon: Inbox },
  { href: '/people', label: 'People and keys', icon: Users, owners: true },
  { href: '/audit', label: 'Audit', icon: ScrollText, owners: true },
  { href: '/settings', label: 'Settings', icon: Settings, owners: true },
]

/** Where a new transfer is made. */
export const newTransferHref = '/jobs/new'

/** Whether `pathname` lies in the place: "/jobs/123" is in Jobs. */
export function isIn(place: Place, pathname: string): boolean {
  return pathname === place.href || pathname.startsWith(`${place.href}/`)
}
