import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '#bin/ports.ts'
import { tempFolder } from '../files.ts'
import type { Later } from '../later.ts'
import { answersOn, startDaemon } from './daemon.ts'
import { programPath } from './programs.ts'

export type AwsServer = {
  /** By which every program with AWS's SDK finds it and signs in. */
  env: Record<string, string>
}

const SIGNED_IN = {
  ...{ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIATESTS' },
  // Else the SDK would look for an instance's role, and wait.
  ...{ AWS_SECRET_ACCESS_KEY: 'tests', AWS_EC2_METADATA_DISABLED: 'true' },
}

/** moto: Secrets Manager, KMS and much else, where it is installed (s3.ts, hasMoto). */
export async function startMotoAws(later: Later): Promise<AwsServer> {
  const home = await tempFolder(later)
  const port = await freePort()
  const env = { HOME: process.env.HOME, PYENV_VERSION: process.env.PYENV_VERSION }
  const args = ['-H', '127.0.0.1', '-p', String(port)]
  const daemon = await startDaemon({
    ...{ command: programPath('moto_server'), args, cwd: home, env },
    ...{ log: join(home, 'moto.log'), ready: answersOn(port) },
  })
  later(daemon.stop)
  return { env: { ...SIGNED_IN, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` } }
}

type Call = Record<string, unknown>

/** Our own, of the few calls that File Orbit and its tests make; it says no as AWS does, and checks no signature. */
export async function startFakeAws(later: Later): Promise<AwsServer> {
  const secrets = new Map<string, string>()
  const key = randomBytes(32)
  const answerTo = (name: string, call: Call): Call => {
    switch (name) {
      case 'CreateSecret': {
        const arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${call.Name}-AbCdEf`
        for (const id of [String(call.Name), arn]) secrets.set(id, String(call.SecretString))
        return { ARN: arn, Name: call.Name }
      }
      case 'GetSecretValue': {
        const found = secrets.get(String(call.SecretId))
        if (found === undefined) throw new Error('ResourceNotFoundException')
        return { SecretString: found }
      }
      case 'CreateKey':
        return { KeyMetadata: { KeyId: randomUUID() } }
      case 'Encrypt':
        return { CiphertextBlob: wrapped(key, Buffer.from(String(call.Plaintext), 'base64')) }
      case 'Decrypt':
        return { Plaintext: unwrapped(key, Buffer.from(String(call.CiphertextBlob), 'base64')) }
      default:
        throw new Error('UnknownOperationException')
    }
  }
  const server = createServer(async (request, response) => {
    const [, name = ''] = String(request.headers['x-amz-target']).split('.')
    const call = JSON.parse(await text(request)) as Call
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    try {
      response.end(JSON.stringify(answerTo(name, call)))
    } catch (error) {
      response.statusCode = 400
      response.end(JSON.stringify({ __type: (error as Error).message }))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(async () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { env: { ...SIGNED_IN, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` } }
}

function wrapped(key: Buffer, plain: Buffer): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
}

function unwrapped(key: Buffer, blob: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12))
    decipher.setAuthTag(blob.subarray(12, 28))
    return Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]).toString('base64')
  } catch {
    throw new Error('InvalidCiphertextException')
  }
}
