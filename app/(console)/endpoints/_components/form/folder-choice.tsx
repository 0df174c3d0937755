'use client'

import { Field } from '#app/_components/field.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'

export type FolderChoiceProps = {
  type: string
  path: string
  folders: readonly string[]
  onPick: (path: string) => void
}

/** What the test saw at the root: shares of an SMB server, buckets of S3, folders of the others. */
export function FolderChoice({ type, path, folders, onPick }: FolderChoiceProps) {
  if (type === 'local' || folders.length === 0) return null
  const what =
    path !== '' ? 'folder' : type === 'smb' ? 'share' : kindOf(type).group === 'buckets' ? 'bucket' : 'folder'
  return (
    <Field
      name="found"
      label={`Choose a ${what} that the test found`}
      className="max-w-80"
      help={path === '' ? undefined : `In ${path}.`}
    >
      {(control) => (
        <Select {...control} value="" onChange={(event) => onPick(joined(path, event.target.value))}>
          <option value="">{folders.length === 1 ? `1 ${what}` : `${folders.length} ${what}s`}</option>
          {folders.map((folder) => (
            <option key={folder} value={folder}>
              {folder}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

function joined(path: string, folder: string): string {
  return path === '' || path.endsWith('/') ? `${path}${folder}` : `${path}/${folder}`
}
