import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from '#bin/node-flags.ts'
import type { Later } from './later.ts'

const SERVER = fileURLToPath(new URL('hanging-server.ts', import.meta.url))

/** Needs Linux, the right to mount and the kernel's FUSE, as root has them on most machines. */
export const canHang = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/dev/fuse')

/**
 * Mounts a storage that hangs, as a server does that is gone: `all`: whoever looks at the folder waits for ever;
 * `files`: the folder and its listing answer, and whoever looks at the file in it waits, deaf to SIGKILL too. The
 * function ends the storage: everybody is answered with an error.
 */
export async function mountHanging(folder: string, what: 'all' | 'files', later: Later): Promise<() => void> {
  const server = spawn(process.execPath, [...NODE_FLAGS, SERVER, folder, what], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  later(async () => {
    server.kill('SIGKILL')
    execFileSync('umount', ['-l', folder])
  })
  await once(server, 'message')
  return () => void server.kill('SIGKILL')
}
