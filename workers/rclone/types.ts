import type { Cause } from '#lib/jobs/causes.ts'
import type { FilePair } from '#lib/jobs/schema.ts'
import type { Operation } from '#lib/jobs/states.ts'

/**
 * A resolved place: an endpoint's type, root and opened settings, and a path below the root ('' is the root
 * itself; no leading '/', no '..'). For `local` the caller has checked the real path against the allowed roots.
 * Settings hold opened secrets: never log a Place.
 */
export type Place = {
  type: string
  /** Absolute for `local`; `bucket/prefix`, `share/folder` for others. */
  root: string
  path: string
  /** rclone's own option names; absent for `local`. */
  settings?: Record<string, string>
  /** A remote of the slot that has these settings: what rclone refreshes of them can be read back there. */
  remote?: string
}

/** `other` is a link, a pipe, a device: nothing that is copied. */
export type PlaceKind = 'file' | 'folder' | 'missing' | 'other'

export type FolderEntry = {
  name: string
  /** Relative to the endpoint's root, as in `Place.path`. */
  path: string
  isFolder: boolean
  /** null for a folder, and where the storage does not know it. */
  size: number | null
  modifiedAt: Date | null
}

/**
 * What became of one file, told once for each file of an attempt. Paths are exact names relative to the source;
 * a name that is not valid UTF-8 shows U+FFFD in the place of each bad byte. `size` is null where rclone does
 * not say it: deleted files, and moves inside one remote storage.
 */
export type FileResult =
  | {
      state: 'completed'
      action: 'copied' | 'replaced' | 'moved' | 'deleted'
      path: string
      size: number | null
      /** Moved without a transfer, which rclone does not count: the destination had the same file. */
      wasThere?: boolean
    }
  | { state: 'failed'; path: string; cause: Cause; message: string }
  | { state: 'cancelled'; path: string }

/** Something at the source that rclone passes over without calling it an error. */
export type Skipped = { path: string; reason: 'link' | 'special'; message: string }

export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical'

/** One line for the job's log: rclone's own words, without our calls and without secrets. */
export type LogEntry = { at: Date; level: LogLevel; message: string; path: string | null }

/** The numbers of one attempt so far: `transfers` are files that arrived, `deletes` also those that could not be deleted. */
export type Stats = {
  bytes: number
  totalBytes: number
  transfers: number
  totalTransfers: number
  checks: number
  deletes: number
  errors: number
  /** Objects seen while listing; moves while nothing is copied yet. */
  listed: number
  /** Bytes a second, averaged by rclone. */
  speed: number
  etaSeconds: number | null
  lastError: string | null
  transferring: { path: string; size: number; bytes: number; speed: number }[]
}

export type Outcome =
  | { kind: 'completed' }
  | { kind: 'failed'; cause: Cause; message: string }
  | { kind: 'cancelled' }
  | { kind: 'interrupted'; cause: Cause; message: string }

export type TransferRequest = {
  operation: Operation
  source: Place
  /** Always a folder, as in `rclone copy`. */
  destination: Place
  /** Files with a place each, in place of the whole source: relative to the two sides. Never for a sync. */
  pairs?: readonly FilePair[]
  /** From `statPath`: a single file is copied or moved into the destination under its own name. */
  sourceIsFile: boolean
  options: {
    /** Files at a time, 1 to 64. */
    transfers?: number
    /** Bytes a second from the first byte on; `slot.limit` changes it later. */
    bandwidth?: number | null
  }
  /** Name of the statistics: the attempt's id. */
  group: string
  /** Each is called in the order of rclone's log, and never again once `done` has settled. */
  onFile?: (result: FileResult) => void
  onSkipped?: (skipped: Skipped) => void
  onLog?: (entry: LogEntry) => void
}

export type TransferEnd = {
  outcome: Outcome
  stats: Stats
  /** As told to `onFile` and `onSkipped`; `unchanged` are files that were there already and have no result. */
  counts: {
    completed: number
    deleted: number
    failed: number
    cancelled: number
    skipped: number
    unchanged: number
  }
  /** False where the log and the statistics disagree: files may lack a result, and the slot gets replaced. */
  accounted: boolean
}

export type Transfer = {
  /** Its numbers so far. Throws RcError. */
  stats(): Promise<Stats>
  /** Never rejects; what went wrong is in `outcome`. */
  done: Promise<TransferEnd>
  /** Ends it soon and removes its .partial files; resolves when `done` has settled. May be called again. */
  stop(): Promise<void>
}
