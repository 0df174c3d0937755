import { Section } from '#app/_components/frame/page.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { SettingsView } from '#lib/settings/read-settings.ts'
import { FoldersForm } from './folders-form.tsx'

/** The folders of this machine that transfers may use: to be changed here unless the environment decides. */
export function Folders({ folders }: { folders: SettingsView['folders'] }) {
  return (
    <div id="folders">
      <Section title="Allowed folders" note="of this machine, each with everything below it">
        <Card className="px-3.5 py-3">
          {folders.byEnvironment ? (
            <ByEnvironment roots={folders.roots} />
          ) : (
            <FoldersForm roots={folders.roots} verb="Save the folders" />
          )}
        </Card>
      </Section>
    </div>
  )
}

function ByEnvironment({ roots }: { roots: string[] }) {
  return (
    <>
      <ul className="grid gap-1">
        {roots.map((root) => (
          <li key={root} className="min-w-0">
            <PathText path={root} wrap />
          </li>
        ))}
      </ul>
      <p className="mt-2 text-sm text-muted-foreground">
        FILE_ORBIT_LOCAL_ROOTS decides, at each start: change it there.
      </p>
    </>
  )
}
