/** Shorter texts are found in everything, and protect nothing. */
const SHORTEST = 4
const SHOWN = '•••'

/**
 * Takes secrets out of texts that others will read: rclone repeats a whole connection in some of its errors, and a
 * server may send a password back. Forms in which they travel (URL, base64) are taken out as well.
 */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const forms = new Set<string>()
  for (const secret of secrets) {
    const lines = secret.includes('\n') ? secret.split('\n') : []
    for (const text of [secret, JSON.stringify(secret).slice(1, -1), ...lines]) {
      if (text.length < SHORTEST) continue
      forms.add(text)
      forms.add(encodeURIComponent(text))
      forms.add(Buffer.from(text).toString('base64'))
    }
  }
  if (forms.size === 0) return (text) => text
  // The longest first: a part of a secret must not be all that is taken out of it.
  const all = [...forms].sort((a, b) => b.length - a.length)
  return (text) => all.reduce((left, form) => left.replaceAll(form, SHOWN), text)
}
