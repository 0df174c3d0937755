import { Box, Cloud, Globe, HardDrive, type LucideIcon, Network, Server } from 'lucide-react'
import { cn } from './cn.ts'

const kinds: Record<string, { icon: LucideIcon; name: string }> = {
  local: { icon: HardDrive, name: 'Local disk' },
  s3: { icon: Box, name: 'S3' },
  sftp: { icon: Server, name: 'SFTP' },
  ftp: { icon: Server, name: 'FTP' },
  smb: { icon: Network, name: 'SMB share' },
  webdav: { icon: Globe, name: 'WebDAV' },
  http: { icon: Globe, name: 'HTTP' },
}

/** What people call an endpoint's type; rclone's own word for those without an entry. */
export function kindName(type: string): string {
  return kinds[type]?.name ?? type
}

/** The sign of an endpoint's kind. Decorative: the kind's name or the endpoint's stands beside it. */
export function KindIcon({ type, className }: { type: string; className?: string }) {
  const Icon = kinds[type]?.icon ?? Cloud
  return <Icon aria-hidden className={cn('size-3.5 shrink-0 text-faint', className)} strokeWidth={1.9} />
}
