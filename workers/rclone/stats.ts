import { exactPath } from './names.ts'
import type { Stats } from './types.ts'

/** The parts of `core/stats` that we read; a part that is zero may be absent. */
type RawStats = {
  bytes?: number
  totalBytes?: number
  transfers?: number
  totalTransfers?: number
  checks?: number
  deletes?: number
  errors?: number
  listed?: number
  speed?: number
  eta?: number | null
  lastError?: string
  transferring?: { name?: string; size?: number; bytes?: number; speed?: number }[] | null
}

export function readStats(raw: RawStats): Stats {
  return {
    bytes: raw.bytes ?? 0,
    totalBytes: raw.totalBytes ?? 0,
    transfers: raw.transfers ?? 0,
    totalTransfers: raw.totalTransfers ?? 0,
    checks: raw.checks ?? 0,
    deletes: raw.deletes ?? 0,
    errors: raw.errors ?? 0,
    listed: raw.listed ?? 0,
    speed: raw.speed ?? 0,
    etaSeconds: raw.eta ?? null,
    lastError: raw.lastError || null,
    transferring: (raw.transferring ?? []).map((file) => ({
      path: exactPath(file.name ?? ''),
      size: file.size ?? 0,
      bytes: file.bytes ?? 0,
      speed: file.speed ?? 0,
    })),
  }
}

/**
 * Files of a copy or sync that were there already. `checks` counts each pair that was compared and each deletion;
 * a pair that differed is a replaced file (or one that failed to be).
 */
export function unchangedFiles({ checks, deletes }: Stats, replaced: number): number {
  return Math.max(0, checks - deletes - replaced)
}
