import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { connect, type Database } from '#lib/db/client.ts'
import { TEMPLATE, urlOf } from './cluster.ts'
import type { Later } from './later.ts'

export type TestDatabase = Database & { url: string }

/** A migrated database of its own, or an empty one (`template1`); dropped at the end, whoever is still connected. */
export async function databaseOn(
  clusterUrl: string,
  later: Later,
  template: typeof TEMPLATE | 'template1' = TEMPLATE,
): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`
  await onServer(clusterUrl, `create database ${name} template ${template}`)
  const url = urlOf(clusterUrl, name)
  const database = connect(url, { max: 8, name: 'test' })
  later(async () => {
    await database.close()
    await onServer(clusterUrl, `drop database ${name} with (force)`)
  })
  return { ...database, url }
}

async function onServer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
