import { v7 } from 'uuid'
import { endpoints } from '#lib/db/schema/endpoints.ts'
import { templates, triggers } from '#lib/db/schema/templates.ts'
import { endpointSecret } from '#lib/endpoints/seal-settings.ts'
import type { KeyRing, PublicKey } from '#lib/secrets/keys.ts'
import { open, seal } from '#lib/secrets/seal.ts'
import { triggerSecret } from '#lib/triggers/save-triggers.ts'
import { s3TriggerSchema } from '#lib/triggers/schema.ts'
import type { TestDatabase } from './database.ts'

/** Rows of endpoints whose secrets are sealed to this key, as the web would have kept them. Returns their ids. */
export async function keepSealed(
  { db }: TestDatabase,
  agentId: string,
  key: PublicKey,
  secrets: Record<string, string>[],
): Promise<string[]> {
  const rows = await Promise.all(
    secrets.map(async (texts) => {
      const id = v7()
      const sealed = await Promise.all(
        Object.entries(texts).map(async ([name, text]) => [
          name,
          await seal(key, endpointSecret(id, name), text),
        ]),
      )
      const settings = { url: 'https://dav.example' }
      return {
        ...{ id, name: `kept ${id}`, type: 'webdav', path: '', settings, agentId },
        secrets: Object.fromEntries(sealed) as Record<string, string>,
      }
    }),
  )
  await db.insert(endpoints).values(rows)
  return rows.map(({ id }) => id)
}

/** All secrets of a row, opened. */
export async function openedSecrets(
  ring: KeyRing,
  row: { id: string; secrets: Record<string, string> },
): Promise<Record<string, string>> {
  const opened = Object.entries(row.secrets).map(async ([name, sealed]) => [
    name,
    await open(ring, endpointSecret(row.id, name), sealed),
  ])
  return Object.fromEntries(await Promise.all(opened)) as Record<string, string>
}

/** A trigger of S3 events whose queue's secret key is sealed to this key, of a template between rows that are there. Returns its id. */
export async function keepSealedTrigger(
  { db }: TestDatabase,
  { key, name, endpointId, text }: { key: PublicKey; name: string; endpointId: string; text: string },
): Promise<string> {
  const [id, templateId] = [v7(), v7()]
  await db.insert(templates).values({
    ...{ id: templateId, name, operation: 'copy', createdBy: 'test', sourcePath: '', destinationPath: '' },
    ...{ sourceEndpointId: endpointId, destinationEndpointId: endpointId },
  })
  const settings = s3TriggerSchema.parse({
    ...{ type: 's3', queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q', region: 'eu-west-1' },
    settings: { accessKeyId: 'AK' },
  })
  await db.insert(triggers).values({
    ...{ id, templateId, type: 's3', settings },
    secrets: { secretAccessKey: await seal(key, triggerSecret(id, 'secretAccessKey'), text) },
  })
  return id
}
