// Browser-safe.

/**
 * The command that signs in on a machine with a browser. Its last word is rclone's own form of settings: JSON in
 * base64url. A client secret is put in here, by whoever typed it: no server sends it back.
 */
export function authorizeLine(
  { type, config }: { type: string; config: Record<string, string> },
  clientSecret: string,
): string {
  const whole = clientSecret === '' ? config : { ...config, client_secret: clientSecret }
  const command = `rclone authorize "${type}"`
  return Object.keys(whole).length === 0 ? command : `${command} "${base64url(JSON.stringify(whole))}"`
}

function base64url(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** What `rclone authorize` printed, without the arrows that people copy with it. */
export function pastedToken(text: string): string {
  return text
    .replace(/^[^\n]*--->\s*$/gm, '')
    .replace(/^\s*<---[^\n]*$/gm, '')
    .trim()
}
