import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, open, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Later } from './later.ts'

export async function tempFolder(later: Later): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fot-')))
  later(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files with their folders; a path that ends in "/" is an empty folder. Returns `root`. */
export async function plant(root: string, files: Record<string, string | Buffer>): Promise<string> {
  await mkdir(root, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path)
    await mkdir(path.endsWith('/') ? full : dirname(full), { recursive: true })
    // As good as in one go: a watch must not come upon an empty file that waits long for its content.
    if (!path.endsWith('/')) writeFileSync(full, content)
  }
  return root
}

/** A file of `bytes` noughts that takes no room: slow only where a limit makes it slow. */
export async function plantLarge(path: string, bytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'w')
  await file.truncate(bytes)
  await file.close()
}

/**
 * Every file below `root`: its path to its content (of long ones the SHA-256). Names are taken as bytes: one
 * that is not UTF-8 shows as `latin1:…`, so that two different names never look alike. A link shows its target.
 */
export function treeOf(root: string): Record<string, string> {
  const tree: Record<string, string> = {}
  const walk = (folder: Buffer, below: Buffer) => {
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const full = Buffer.concat([folder, Buffer.from('/'), entry.name])
      const path = below.length > 0 ? Buffer.concat([below, Buffer.from('/'), entry.name]) : entry.name
      if (entry.isDirectory()) walk(full, path)
      else tree[nameOf(path)] = entry.isSymbolicLink() ? `-> ${readlinkSync(full)}` : contentOf(full)
    }
  }
  walk(Buffer.from(root), Buffer.alloc(0))
  return tree
}

function nameOf(path: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(path)
  } catch {
    return `latin1:${path.toString('latin1')}`
  }
}

function contentOf(path: Buffer): string {
  const content = readFileSync(path)
  if (content.length <= 256) return content.toString('latin1')
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** Whether a thread of the process hangs in the kernel, where no signal reaches it (Linux). */
export function hangsInKernel(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) =>
      /\) D /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
    )
  } catch {
    return false
  }
}

/** Processes that have a file below `folder` open right now (Linux). */
export function holdersOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => openFilesOf(pid).some((path) => path.startsWith(`${folder}/`)))
    .map(Number)
}

function openFilesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
