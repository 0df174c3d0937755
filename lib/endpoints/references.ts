// Browser-safe. How an endpoint that lies over others names them: `endpoint:<id>`, with a folder below if need be.

const REFERENCE = /endpoint:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(\/?)/g

/** The ids of the endpoints that a setting names. */
export function referencesIn(value: string): string[] {
  return [...value.matchAll(REFERENCE)].map(([, id]) => id!)
}

/** Of all settings of an endpoint. */
export function referencesOf(settings: Record<string, string>): string[] {
  return [...new Set(Object.values(settings).flatMap(referencesIn))]
}

/**
 * `value` with each reference written as `name(id)` says, such as a remote that rclone knows. A folder follows without
 * a slash where the name ends at a root: with one, an SFTP server would take it from its own root.
 */
export function replaceReferences(value: string, name: (id: string) => string): string {
  return value.replaceAll(REFERENCE, (_, id: string, slash: string) => {
    const written = name(id)
    return /[:/]$/.test(written) ? written : `${written}${slash}`
  })
}

/** The folder after a reference: `raw/2026` of `media=endpoint:<id>/raw/2026:ro`; '' for none. */
export function folderOf(value: string): string {
  const [, folder = ''] = /endpoint:[0-9a-f-]{36}\/?(.*?)(?::ro|:nc|:writeback)?$/.exec(value.trim()) ?? []
  return folder
}
