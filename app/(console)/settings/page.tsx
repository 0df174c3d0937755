import { readFile } from 'node:fs/promises'
import type { Metadata } from 'next'
import { Bytes } from '#app/_components/figures.tsx'
import { Page, PageHeader, Section } from '#app/_components/frame/page.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { NoPermission } from '#app/_components/no-permission.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { pageContext } from '#app/_server/action.ts'
import { readSettings } from '#lib/settings/read-settings.ts'
import { INVITATION_DAYS } from '#lib/users/roles.ts'
import { SESSION_DAYS } from '#lib/users/sign-in.ts'
import { Folders } from './_components/folders.tsx'
import { Variables } from './_components/variables.tsx'
import { Workers } from './_components/workers.tsx'

export const metadata: Metadata = { title: 'Settings' }

export default async function SettingsPage() {
  const ctx = await pageContext()
  if (ctx.actor.type !== 'user' || ctx.actor.role !== 'owner') {
    return (
      <Page trail={[{ label: 'Settings' }]}>
        <NoPermission needs="owner" />
      </Page>
    )
  }
  const [settings, version] = await Promise.all([readSettings({ ctx, env: process.env }), ownVersion()])
  return (
    <Page trail={[{ label: 'Settings' }]}>
      <PageHeader title="Settings" />
      <div className="grid items-start gap-x-5.5 lg:grid-cols-[minmax(0,1fr)_330px]">
        <div className="min-w-0">
          <Folders folders={settings.folders} />
          <Workers workers={settings.workers} />
          <Variables variables={settings.variables} />
        </div>
        <div className="min-w-0">
          <Section title="Versions">
            <Card className="p-0">
              <KeyValues>
                <KeyValue label="File Orbit">{version}</KeyValue>
                <KeyValue label="rclone">
                  {settings.workers[0]?.rcloneVersion ?? 'no worker has said'}
                </KeyValue>
                <KeyValue label="PostgreSQL">{settings.postgres}</KeyValue>
                <KeyValue label="Node">{settings.node}</KeyValue>
              </KeyValues>
            </Card>
          </Section>
          <Section title="How long things are kept">
            <Card className="p-0">
              <KeyValues>
                <KeyValue label="Jobs, files, logs, audit">{keptText(settings.keepMonths)}</KeyValue>
                <KeyValue label="A sign-in">{SESSION_DAYS} days</KeyValue>
                <KeyValue label="An invitation">{INVITATION_DAYS} days</KeyValue>
                <KeyValue label="Idempotency keys">24 hours</KeyValue>
                <KeyValue label="Free on the data disk">
                  <Bytes value={settings.workers[0]?.diskFree ?? null} />
                </KeyValue>
              </KeyValues>
            </Card>
          </Section>
        </div>
      </div>
    </Page>
  )
}

function keptText(months: number | null): string {
  if (months === null) return 'as FILE_ORBIT_KEEP_MONTHS of the workers says'
  if (months === 0) return 'for ever'
  return months === 1 ? 'this month and the one before' : `this month and the ${months} before`
}

async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  return version
}
