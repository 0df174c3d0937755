import { alias } from './alias.ts'
import { azureblob } from './azureblob.ts'
import { b2 } from './b2.ts'
import { chunker } from './chunker.ts'
import { combine } from './combine.ts'
import { compress } from './compress.ts'
import { crypt } from './crypt.ts'
import { drive } from './drive.ts'
import { dropbox } from './dropbox.ts'
import { ftp } from './ftp.ts'
import { gcs } from './gcs.ts'
import { hasher } from './hasher.ts'
import type { Kind } from './kind.ts'
import { local } from './local.ts'
import { onedrive } from './onedrive.ts'
import { s3 } from './s3.ts'
import { sftp } from './sftp.ts'
import { smb } from './smb.ts'
import { union } from './union.ts'
import { webdav } from './webdav.ts'

/** Those with care of their own, in the order in which they are offered. */
export const kinds: readonly Kind[] = [
  ...[s3, sftp, smb, local, ftp, webdav],
  ...[azureblob, gcs, drive, onedrive, dropbox, b2],
  ...[crypt, alias, union, combine, compress, chunker, hasher],
]

const byType = new Map(kinds.map((kind) => [kind.type, kind]))

/** What is known of a type; for any other of rclone's, what its own description says. */
export function kindOf(type: string, description = type): Kind {
  return (
    byType.get(type) ?? {
      type,
      group: 'others',
      label: description,
      sentence: '',
      fields: [],
      path: { label: 'Folder', help: 'Below the root of the storage.', example: '', required: false },
    }
  )
}
