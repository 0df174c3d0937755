import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { originOf, readEnv } from '#lib/env.ts'
import { answerCors } from './web/cors.ts'
import { keepExactLength } from './web/exact-length.ts'
import { applyForwarded, TrustedPeers } from './web/forwarded.ts'
import { secureHeaders, signInOrigins } from './web/headers.ts'

// The web process: `node bin/web.ts [uid:gid]`. Next's own server speaks no TLS, believes any X-Forwarded header
// and keeps the user it was started as.

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const env = readEnv()
for (const name of ['DATABASE_URL', 'AUTH_SECRET']) {
  if (process.env[name]) continue
  console.error(`${name} is not set. Start File Orbit with \`npm start\`, or set it for a web of its own.`)
  process.exit(1)
}
// Without them next-auth trusts no host, and takes the address that we bind for the one that people open.
process.env.AUTH_URL ??= originOf(env)
process.env.AUTH_TRUST_HOST ??= 'true'
process.env.FILE_ORBIT_PUBLIC_URL ??= originOf(env)
const signInAt = signInOrigins(env)
const trusted = new TrustedPeers(env.trustedProxies)
const app = Promise.withResolvers<Handler>()

// What only root may do, first: ports below 1024, a private key of mode 0600.
const server = env.tls
  ? createSecureServer({ cert: readFileSync(env.tls.cert), key: readFileSync(env.tls.key) }, serve)
  : createServer(serve)
// Node would end every upload after five minutes. A body that stops coming is ended by whoever reads it: any other
// request after half a minute, an upload after a minute of silence.
server.requestTimeout = 0
server.listen(env.port, env.host, () => void begin())

async function begin(): Promise<void> {
  becomeUser(process.argv[2])
  process.title = 'file-orbit web'
  const { default: next } = await import('next')
  const nextApp = next({ dev: false, dir: root, hostname: env.host, port: env.port, httpServer: server })
  await nextApp.prepare()
  app.resolve(nextApp.getRequestHandler())
  console.log(`The web listens on ${env.host}, port ${env.port}`)
  process.send?.({ type: 'ready' })
}

/** In this order: without root's user nobody can let go of root's groups. */
function becomeUser(account: string | undefined): void {
  if (!account) return
  const [uid, gid] = account.split(':').map(Number) as [number, number]
  process.setgroups?.([])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  applyForwarded(request, trusted, env.tls !== undefined)
  secureHeaders(request, response, signInAt)
  keepExactLength(response)
  if (answerCors(request, response, env.corsOrigins)) return
  app.promise
    .then((handle) => handle(request, response))
    .catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
  })
}
