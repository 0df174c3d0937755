import { get } from 'node:http'
import { get as getSecurely } from 'node:https'

// A container's health check: its web answers, over TLS where it speaks that. By no name that a certificate could have.

const port = process.env.PORT ?? '3000'
const request = process.env.FILE_ORBIT_TLS_CERT
  ? getSecurely({ host: '127.0.0.1', port, path: '/api/v1/health', rejectUnauthorized: false })
  : get({ host: '127.0.0.1', port, path: '/api/v1/health' })
request.on('response', (answer) => process.exit(answer.statusCode === 200 ? 0 : 1))
request.on('error', () => process.exit(1))
