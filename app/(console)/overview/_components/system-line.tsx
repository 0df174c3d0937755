import { Bytes } from '#app/_components/figures.tsx'
import { HealthLine } from '#app/_components/frame/health-line.tsx'

/** Health in one line: rclone, worker, slots, disk. */
export function SystemLine({
  slots,
  diskFree,
}: {
  slots: { busy: number; all: number } | null
  diskFree: number | null
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-1.5">
      <HealthLine />
      {slots && (
        <span title="A slot is one rclone; each serves one job at a time.">
          · {slots.busy} of {slots.all} slots busy
        </span>
      )}
      {diskFree !== null && (
        <span title="On the disk of the data folder">
          · <Bytes value={diskFree} /> free
        </span>
      )}
    </div>
  )
}
