import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { SignatureV4 } from '@smithy/signature-v4'

/** The parts of an `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` header. */
export type Claim = {
  accessKey: string
  region: string
  signedHeaders: string[]
  signature: string
  date: Date
}

/** What a request says of who signed it and when; undefined for one that is not signed (version 4, by header). */
export function claimOf(request: IncomingMessage): Claim | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
  const parts = form.exec(request.headers.authorization ?? '')
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers['x-amz-date']))
  if (!parts || !time) return undefined
  const [, accessKey = '', region = '', signedHeaders = '', signature = ''] = parts
  const [, year, month, day, hour, minute, second] = time
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return { accessKey, region, signedHeaders: signedHeaders.split(';'), signature, date }
}

/** Whether the holder of `secretKey` made the signature. The body is not looked at: its hash is a header. */
export async function isSignedBy(
  secretKey: string,
  claim: Claim,
  request: IncomingMessage,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://s3')
  const [path = '/'] = (request.url ?? '/').split('?')
  const signer = new SignatureV4({
    ...{ service: 's3', region: claim.region, sha256: Sha256, uriEscapePath: false, applyChecksum: false },
    credentials: { accessKeyId: claim.accessKey, secretAccessKey: secretKey },
  })
  const headers = claim.signedHeaders.flatMap((name) => {
    const value = request.headers[name]
    return value === undefined ? [] : [[name, String(value)]]
  })
  const query: Record<string, string[]> = {}
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value]
  const signed = await signer.sign(
    {
      ...{ method: request.method ?? 'GET', protocol: 'http:', hostname: 's3', path, query },
      headers: Object.fromEntries(headers),
    },
    { signingDate: claim.date, signableHeaders: new Set(claim.signedHeaders) },
  )
  return signed.headers.authorization?.endsWith(`Signature=${claim.signature}`) === true
}

type Bytes = string | ArrayBuffer | ArrayBufferView

/** In the form that the library takes. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

function bytesOf(data: Bytes): Uint8Array | string {
  if (typeof data === 'string') return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
