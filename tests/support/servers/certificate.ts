import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { programPath } from './programs.ts'

export type Certificate = { certFile: string; keyFile: string }

/** A certificate that nobody has signed but itself, for 127.0.0.1 and localhost. */
export function makeCertificate(folder: string): Certificate {
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  execFileSync(
    programPath('openssl'),
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '30',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', keyFile, '-out', certFile],
    ],
    { stdio: 'ignore' },
  )
  return { certFile, keyFile }
}
