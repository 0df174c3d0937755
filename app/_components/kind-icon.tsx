import {
  Box,
  Cloud,
  FileArchive,
  FolderSymlink,
  Globe,
  HardDrive,
  Hash,
  Layers,
  Lock,
  type LucideIcon,
  Network,
  Scissors,
  Server,
} from 'lucide-react'
import { cn } from './cn.ts'

const kinds: Record<string, { icon: LucideIcon; name: string }> = {
  local: { icon: HardDrive, name: 'Local disk' },
  s3: { icon: Box, name: 'S3' },
  'google cloud storage': { icon: Box, name: 'Google Cloud Storage' },
  azureblob: { icon: Box, name: 'Azure Blob Storage' },
  b2: { icon: Box, name: 'Backblaze B2' },
  sftp: { icon: Server, name: 'SFTP' },
  ftp: { icon: Server, name: 'FTP' },
  smb: { icon: Network, name: 'SMB share' },
  webdav: { icon: Globe, name: 'WebDAV' },
  http: { icon: Globe, name: 'HTTP' },
  drive: { icon: Cloud, name: 'Google Drive' },
  onedrive: { icon: Cloud, name: 'OneDrive' },
  dropbox: { icon: Cloud, name: 'Dropbox' },
  crypt: { icon: Lock, name: 'Encrypted' },
  alias: { icon: FolderSymlink, name: 'Folder of an endpoint' },
  union: { icon: Layers, name: 'Union' },
  combine: { icon: Layers, name: 'Combined' },
  compress: { icon: FileArchive, name: 'Compressed' },
  chunker: { icon: Scissors, name: 'Split in chunks' },
  hasher: { icon: Hash, name: 'With checksums' },
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
