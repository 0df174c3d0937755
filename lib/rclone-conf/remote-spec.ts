// Browser-safe. What stands in `remote` and `upstreams` of an rclone.conf: https://rclone.org/docs/#syntax-of-remote-paths

/** A remote with a path in it, a folder of the machine, or why neither. `mode` is union's, such as `:ro`. */
export type RemoteSpec =
  | { kind: 'remote'; name: string; path: string }
  | { kind: 'folder'; path: string }
  | { kind: 'refused'; why: string }

/** rclone's own rule for names (fs/fspath). */
const NAME = /^[\w\p{L}\p{N}.+@]+(?:[ -]+[\w\p{L}\p{N}.+@-]+)*$/u

export function isRemoteName(name: string): boolean {
  return NAME.test(name)
}

export function readSpec(text: string): RemoteSpec {
  if (text.startsWith(':') || /^[^:/]*,/.test(text.split(':', 1)[0]!)) {
    return {
      kind: 'refused',
      why: `It lies over a connection string, "${short(text)}"; those are never taken.`,
    }
  }
  const colon = text.indexOf(':')
  const name = text.slice(0, Math.max(0, colon))
  if (colon > 0 && NAME.test(name)) return { kind: 'remote', name, path: text.slice(colon + 1) }
  if (text.startsWith('/')) return { kind: 'folder', path: text }
  return {
    ...{ kind: 'refused' },
    why: `It lies over "${short(text)}", which is no remote and no absolute folder.`,
  }
}

export type UpstreamSpec = { before: string; remote: string; after: string }

/** rclone's list between blanks, with quotes where one holds a blank; `combine` has `folder=` before each. */
export function readUpstreamList(type: string, text: string): UpstreamSpec[] {
  const words = [...text.matchAll(/"((?:[^"]|"")*)"|(\S+)/g)].map(([, quoted, plain]) => {
    return quoted === undefined ? plain! : quoted.replaceAll('""', '"')
  })
  return words.map((word) => {
    if (type === 'combine') {
      const at = word.indexOf('=')
      return { before: word.slice(0, at + 1), remote: word.slice(at + 1), after: '' }
    }
    const [, remote = word, after = ''] = /^(.*?)(:ro|:nc|:writeback)?$/s.exec(word) ?? []
    return { before: '', remote, after }
  })
}

function short(text: string): string {
  // A connection string may hold a password.
  return text.startsWith(':') || text.includes(',')
    ? `${text.split(/[,:]/, 2).join(':')}…`
    : text.slice(0, 80)
}
