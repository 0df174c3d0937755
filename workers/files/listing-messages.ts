import type { FileEntry, FileSort } from '#lib/files/schema.ts'

/** What the thread of listings is asked. `raw` is rclone's answer to `operations/list`. */
export type Asked =
  | { do: 'add'; listing: string; raw: Uint8Array; folder: string; local: boolean; q: string | null }
  | { do: 'window'; listing: string; q: string; sort: FileSort; offset: number; limit: number }
  | { do: 'drop'; listing: string }

export type Added = { seen: number; held: number; folders: string[] }
/** null: the listing is not held any more. */
export type Cut = { total: number; entries: FileEntry[] } | null

export type ToThread = Asked & { call: number }
export type FromThread = { call: number; value?: Added | Cut; failed?: string }
