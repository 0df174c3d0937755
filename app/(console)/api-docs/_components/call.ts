export type TryParameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  choices: string[] | null
  example: string | null
}

/** One call as the form holds it; values that are empty are not sent. */
export type Call = {
  method: string
  path: string
  parameters: TryParameter[]
  values: Record<string, string>
  body: string | null
}

export type Answer = { isGood: boolean; title: string; ms: number; text: string }

type CallRequest = { method: string; address: string; headers: Record<string, string>; body: string | null }

/** The call as HTTP; `placeholder` stands where a part of the path is not given yet. */
export function requestOf(
  { method, path, parameters, values, body }: Call,
  placeholder: string,
): CallRequest {
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  let address = path
  for (const { name, in: place } of parameters) {
    const value = values[name]?.trim() ?? ''
    if (place === 'path') {
      address = address.replace(`{${name}}`, value ? encodeURIComponent(value) : `${placeholder}${name}`)
    } else if (value && place === 'query') query.set(name, value)
    else if (value) headers[name] = value
  }
  if (body !== null) headers['Content-Type'] = 'application/json'
  const search = query.toString()
  return { method, address: `/api/v1${address}${search && `?${search}`}`, headers, body }
}

/** The same for a POSIX shell, with the address and the key from its environment. */
export function curlOf(call: Call): string {
  const { method, address, headers, body } = requestOf(call, ':')
  const parts = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "$FILE_ORBIT_SERVER"${quoted(address)}`,
    '-H "Authorization: Bearer $FILE_ORBIT_API_KEY"',
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === null ? [] : [`-d ${quoted(compact(body))}`]),
  ]
  return parts.join(' \\\n  ')
}

function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

/** More of an answer is not shown: the page must stay usable. */
const MOST_SHOWN = 200_000

/** Sends it with the cookie of this page and tells the answer; of a stream each event as it comes. */
export async function send(
  request: CallRequest,
  tell: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now()
  const ms = () => Math.round(performance.now() - began)
  try {
    const { method, address, headers, body } = request
    const answer = await fetch(address, { method, headers, signal, ...(body !== null && { body }) })
    const title = `${answer.status} ${answer.statusText}`.trim()
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    let text = ''
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done || text.length > MOST_SHOWN) break
      text += value
      if (isStream) tell({ isGood: answer.ok, title, ms: ms(), text })
    }
    await reader?.cancel()
    tell({ isGood: answer.ok, title, ms: ms(), text: isStream ? text : shown(text) })
  } catch {
    if (signal.aborted) return
    tell({ isGood: false, title: 'No answer', ms: ms(), text: 'The server could not be reached.' })
  }
}

function shown(text: string): string {
  if (text.length > MOST_SHOWN) return `${text.slice(0, MOST_SHOWN)}\n… and more`
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
