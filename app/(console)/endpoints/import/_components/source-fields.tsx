import { Field } from '#app/_components/field.tsx'
import { HydratedForm } from '#app/_components/hydrated-form.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Input } from '#app/_components/ui/input.tsx'
import { Textarea } from '#app/_components/ui/textarea.tsx'
import type { Import } from './use-import.ts'

const PLACED = new Set(['text', 'agentFile', 'password'])

/** Pasted, read from a file of this computer, or (owners) named on the agent. */
export function SourceFields({ form, mayReadAgent }: { form: Import; mayReadAgent: boolean }) {
  const { source, change, refusal } = form
  const errorAt = (field: string) => refusal?.issues.find((issue) => issue.path === field)?.message
  const unplaced = refusal && !refusal.issues.some(({ path }) => PLACED.has(path))
  const isEncrypted = /^RCLONE_ENCRYPT_V\d+:/m.test(source.text)
  const asksPassword = isEncrypted || source.agentFile !== '' || errorAt('password') !== undefined
  return (
    <HydratedForm
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        form.look()
      }}
    >
      {unplaced && <Notice tone="fail" title={refusal.message} live />}
      <Field
        name="text"
        label="The configuration"
        help="Paste it whole. It may be encrypted."
        error={errorAt('text')}
      >
        {(control) => (
          <Textarea
            {...control}
            value={source.text}
            onChange={(event) => change({ text: event.target.value, agentFile: '' })}
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            rows={8}
            placeholder={'[nas]\ntype = sftp\nhost = nas.studio.example'}
            className="field-sizing-fixed font-mono"
          />
        )}
      </Field>
      <Field name="file" label="Or a file of this computer" help="It is read here, in your browser." optional>
        {(control) => (
          <input
            {...control}
            type="file"
            accept=".conf,.txt,text/plain"
            onChange={async (event) => {
              const file = event.target.files?.[0]
              if (file) change({ text: await file.text(), agentFile: '' })
            }}
            className="text-sm file:mr-2.5 file:h-7 file:cursor-pointer file:rounded-md file:border file:border-solid file:border-border file:bg-card file:px-2.5 file:font-medium pointer-coarse:file:h-11"
          />
        )}
      </Field>
      {mayReadAgent && (
        <details open={source.agentFile !== ''}>
          <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
            A file on the agent
          </summary>
          <Field
            name="agentFile"
            label="File on the agent"
            help="Its name below FILE_ORBIT_SECRET_FILES, or the whole path that FILE_ORBIT_RCLONE_CONFIG names."
            example="team/rclone.conf"
            error={errorAt('agentFile')}
            className="mt-3"
          >
            {(control) => (
              <Input
                {...control}
                value={source.agentFile}
                onChange={(event) => change({ agentFile: event.target.value, text: '' })}
                spellCheck={false}
                autoCapitalize="none"
                autoComplete="off"
                className="font-mono"
              />
            )}
          </Field>
        </details>
      )}
      {asksPassword && (
        <Field
          name="password"
          label="Password of the configuration"
          help="Only where it is encrypted. The agent uses it once; it is kept nowhere."
          error={errorAt('password')}
          className="max-w-80"
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="off"
              value={source.password}
              onChange={(event) => change({ password: event.target.value })}
            />
          )}
        </Field>
      )}
      <Button
        type="submit"
        variant="default"
        size="lg"
        className="w-fit"
        busy={form.looking}
        disabled={source.text === '' && source.agentFile === ''}
      >
        Look at it
      </Button>
    </HydratedForm>
  )
}
