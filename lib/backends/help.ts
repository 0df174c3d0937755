// Browser-safe.

/** rclone's help, cut for a form: the sentence that says what it is, and the rest for whoever asks. */
export function splitHelp(help: string): { first: string; rest: string } {
  const text = help.trim()
  // "e.g." ends no sentence; an empty line does.
  const end = /(?<!\b(?:e\.g|i\.e|etc|vs))[.!?](?=\s+[A-Z"'`(]|\s*\n|\s*$)|\n\s*\n/.exec(text)
  if (!end) return { first: text, rest: '' }
  const at = end.index + (end[0].startsWith('\n') ? 0 : 1)
  return { first: text.slice(0, at).replace(/\s+/g, ' '), rest: text.slice(at).trim() }
}

const abbreviations: Record<string, string> = {
  ...{ id: 'ID', url: 'URL', acl: 'ACL', tls: 'TLS', ssl: 'SSL', sse: 'SSE', api: 'API', md5: 'MD5' },
  ...{ sha1: 'SHA-1', http: 'HTTP', https: 'HTTPS', sts: 'STS', iam: 'IAM', kms: 'KMS', arn: 'ARN' },
  ...{ ssh: 'SSH', smb: 'SMB', spn: 'SPN', ip: 'IP', ip6: 'IPv6', pem: 'PEM', json: 'JSON' },
}

/** "access_key_id" as a label: "Access key ID". */
export function labelOf(name: string): string {
  const words = name.split(/[_\s]+/).map((word) => abbreviations[word.toLowerCase()] ?? word)
  const text = words.join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
