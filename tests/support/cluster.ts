import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '#bin/postgres.ts'
import { migrate } from '#lib/db/migrate.ts'
import { findRclone } from '#workers/rclone/binary.ts'

/** Migrated once; every test's database is a copy of it (30 ms instead of 400). */
export const TEMPLATE = 'file_orbit_template'

declare module 'vitest' {
  interface ProvidedContext {
    clusterUrl: string
    rclone: string
  }
}

/** One PostgreSQL for the whole run. It ends with this process, kill -9 included. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [cluster, rclone] = await Promise.all([startCluster(), findRclone({ log: console.log })])
  project.provide('clusterUrl', cluster.url)
  project.provide('rclone', rclone.path)
  return cluster.stop
}

export async function startCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pg-'))
  // As root PostgreSQL runs as another user, who must pass through.
  await chmod(folder, 0o711)
  const server = await startPostgres({
    dataDir: folder,
    logDir: join(folder, 'logs'),
    // A few test processes, each with workers, webs and databases of its own; durability would only cost time.
    flags: ['max_connections=300', 'fsync=off', 'full_page_writes=off'],
  })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const sql = postgres(server.url, { max: 1 })
    await sql.unsafe(`create database ${TEMPLATE}`)
    await sql.end()
    await migrate(urlOf(server.url, TEMPLATE))
  } catch (error) {
    await stop()
    throw error
  }
  return { url: server.url, stop }
}

/** The same server, another database. */
export function urlOf(clusterUrl: string, name: string): string {
  const url = new URL(clusterUrl)
  url.pathname = `/${name}`
  return url.href
}
