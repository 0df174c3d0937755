/** One page that was asked for, after all redirects. */
export type Visit = { url: string; status: number; text: string; headers: Headers }

/** The words of a page, as a person reads them. */
export function words({ text }: Visit): string {
  return text
    .replace(/<script\b.*?<\/script>/gs, '')
    .replace(/<!--.*?-->/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ')
}

/**
 * A browser without scripts: cookies and redirects. `onRedirect` may change where it goes next, as somebody who
 * holds the browser, or the way, could. Cookies are kept by host name, as browsers do: for all ports.
 */
export class PlainBrowser {
  readonly cookies = new Map<string, string>()
  onRedirect: (to: URL) => void = () => {}
  readonly #headers: Record<string, string>

  constructor(headers: Record<string, string> = {}) {
    this.#headers = { 'user-agent': 'Tests/1.0', ...headers }
  }

  get(url: string): Promise<Visit> {
    return this.#go(url, { method: 'GET' })
  }

  post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Visit> {
    return this.#go(url, { method: 'POST', body: new URLSearchParams(form), headers })
  }

  /** Presses the button of a service on the sign-in page of next-auth's own routes. */
  async signInWith(origin: string, service: string, callbackUrl = '/overview'): Promise<Visit> {
    return this.post(`${origin}/api/auth/signin/${service}`, {
      csrfToken: await this.csrf(origin),
      callbackUrl,
    })
  }

  async signIn(origin: string, email: string, password: string): Promise<Visit> {
    const csrfToken = await this.csrf(origin)
    return this.post(`${origin}/api/auth/callback/credentials`, { csrfToken, email, password })
  }

  async csrf(origin: string): Promise<string> {
    const { text } = await this.get(`${origin}/api/auth/csrf`)
    return (JSON.parse(text) as { csrfToken: string }).csrfToken
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** The cookie that a sign-in gives. */
  get session(): string | undefined {
    return this.cookies.get('authjs.session-token')
  }

  async #go(url: string, init: RequestInit): Promise<Visit> {
    let at = url
    let request = init
    for (let hop = 0; hop < 20; hop += 1) {
      const headers = { ...this.#headers, ...request.headers, cookie: this.cookie }
      const answer = await fetch(at, { ...request, headers, redirect: 'manual' })
      this.#keep(answer)
      const location = answer.headers.get('location')
      const text = await answer.text()
      if (!location) return { url: at, status: answer.status, text, headers: answer.headers }
      const to = new URL(location, at)
      this.onRedirect(to)
      at = to.href
      request = { method: 'GET' }
    }
    throw new Error(`Redirects without end, the last to ${at}`)
  }

  #keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      const value = pair.slice(at + 1)
      const ended = attributes.some((text) => /^max-age=0$/i.test(text) || /^expires=.* 1970 /i.test(text))
      if (ended || value === '') this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), value)
    }
  }
}
