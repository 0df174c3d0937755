/** A storage that a test can make an endpoint of. */
export type Storage = {
  /** rclone's name of its kind. */
  type: string
  host: string
  port: number
  user: string
  password: string
  /** The root inside the storage, as an endpoint's `path`. */
  path: string
  /** By rclone's own option names, every secret in clear (rclone wants some of them obscured). */
  settings: Record<string, string>
  /** The folder that lies behind `path`; empty where no folder does. */
  folder: string
  /** The file that the server writes. */
  log: string
  pids: number[]
  stop(): Promise<void>
}
