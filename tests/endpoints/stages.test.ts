import { describe, expect, inject, onTestFinished, test } from 'vitest'
import type { TestResult } from '#lib/endpoints/schema.ts'
import { openAgent } from '#tests/support/asked.ts'
import type { Later } from '#tests/support/later.ts'
import { cannotRun } from '#tests/support/servers/needs.ts'
import { testPlace } from '#workers/endpoints/test-endpoint.ts'
import {
  type Fault,
  ftpFaults,
  s3Faults,
  sftpFaults,
  smbFaults,
  webdavFaults,
} from '../rclone/storage-faults.ts'

// The test of an endpoint against each fault, made for real: where it ends, why, and what a person reads.

/** Of which 12.5 are for the storage; a machine with other work adds to it. */
const ANSWERED_WITHIN_MS = 20_000

type Ending = [stage: string, cause: string, message: RegExp]
type Endings = Record<string, Ending>

const agent = await openAgent()

const way: Endings = {
  'unknown host': ['resolve', 'host_unknown', /no host called no-such-host\.\.invalid/],
  'port closed': ['connect', 'network', /refuses port 1\b/],
}
const folders: Endings = {
  'no such folder': ['list', 'source_missing', /There is no .*nope/],
  'folder not readable': ['list', 'permission', /may not/],
  'folder not readable (copy)': ['list', 'permission', /may not/],
  'folder not writable (copy)': ['write', 'permission', /may not be written/],
}
const account: Endings = {
  'wrong password': ['sign_in', 'sign_in', /refused the sign-in/],
  'unknown user': ['sign_in', 'sign_in', /refused the sign-in/],
}
const said = (label: RegExp): Endings => ({
  silent: ['sign_in', 'network', label],
  'hangs up': ['sign_in', 'network', label],
})
const tls: Endings = {
  'certificate not known': ['secure', 'certificate', /Nobody this machine trusts signed/],
  'https asked of http': ['secure', 'wrong_server', /speaks no TLS/],
  'http asked of https': ['secure', 'wrong_server', /TLS alone .* https/],
}

const endings: Record<string, Endings> = {
  sftp: {
    ...{ ...way, ...account, ...folders },
    silent: ['secure', 'network', /did not answer in time/],
    'hangs up': ['secure', 'network', /hung up/],
    'not this kind of server': ['secure', 'wrong_server', /No SSH server answers .*HTTP/],
    'host key changed (host_keys)': ['secure', 'host_key', /another host key .* SHA256:/],
    // Files of the agent: refused before anything is opened.
    'host key changed (known_hosts_file)': ['settings', 'secret', /known_hosts_file is not taken/],
    'host key unknown (known_hosts_file)': ['settings', 'secret', /known_hosts_file is not taken/],
    'key not accepted': ['sign_in', 'sign_in', /refused the sign-in/],
    'wrong passphrase': ['sign_in', 'private_key', /passphrase does not open/],
    'no passphrase': ['sign_in', 'private_key', /protected by a passphrase/],
    'not a key': ['sign_in', 'private_key', /cannot be read/],
  },
  smb: {
    ...{ ...way, ...account, ...folders, ...said(/SMB/) },
    'not this kind of server': ['sign_in', 'wrong_server', /Another kind of server/],
    'no such share': ['list', 'container_missing', /no share “nope”/],
    'share not allowed': ['list', 'permission', /may not use this share/],
    'share read-only (copy)': ['write', 'permission', /may not be written/],
  },
  ftp: {
    ...{ ...way, ...account, ...folders, ...said(/FTP/) },
    'not this kind of server': ['sign_in', 'network', /FTP/],
    'certificate not known': ['secure', 'certificate', /not trusted/],
    'TLS from the start, server has none': ['secure', 'wrong_server', /speaks no TLS/],
    // vsftpd shows a folder that may not be read as an empty one: only a write tells.
    'folder not readable': ['', '', /./],
    'folder not readable (copy)': ['write', 'permission', /may not be written/],
  },
  webdav: {
    ...{ ...way, ...account, ...folders, ...tls, ...said(/WebDAV/) },
    'not this kind of server': ['sign_in', 'wrong_server', /No WebDAV server answers there/],
    'no such address (404)': ['list', 'source_missing', /no such address/],
    // So does rclone's own server.
    'folder not readable': ['', '', /./],
    'folder not readable (copy)': ['write', 'permission', /allows no changes/],
    'folder not writable (copy)': ['write', 'permission', /allows no changes/],
  },
  s3: {
    ...{ ...way, ...tls, ...said(/S3/) },
    'not this kind of server': ['sign_in', 'wrong_server', /No S3 server answers there/],
    'wrong secret': ['sign_in', 'sign_in', /refused the sign-in/],
    'wrong secret (copy)': ['sign_in', 'sign_in', /refused the sign-in/],
    'wrong secret, a path below the bucket': ['sign_in', 'sign_in', /refused the sign-in/],
    'unknown key': ['sign_in', 'sign_in', /refused the sign-in/],
    'clock skew': ['sign_in', 'clock_skew', /clock/],
    'clock skew, a path below the bucket': ['sign_in', 'clock_skew', /clock/],
    'region differs': ['sign_in', 'region', /region us-east-1/],
    'no such bucket': ['list', 'container_missing', /no bucket “no-such-bucket”/],
    'no such bucket (copy)': ['list', 'container_missing', /no bucket “no-such-bucket”/],
    'key may not list the bucket': ['list', 'permission', /may not list/],
    'key may not list buckets': ['list', 'permission', /path of the endpoint/],
    'key may not write (copy)': ['write', 'permission', /may not be written/],
    // It is there, and a key that may write in it is enough: the listing has shown as much.
    'key may not create the bucket (copy)': ['', '', /./],
  },
}

async function tried(fault: Fault): Promise<TestResult & { ms: number }> {
  fault.before?.()
  const began = performance.now()
  const place = await agent.asked(fault)
  const result = await testPlace(agent.slot, agent.opener, place, { write: fault.call === 'copy' })
  return { ...result, ms: performance.now() - began }
}

function passing(stages: TestResult['stages']): string[] {
  return stages.filter(({ ok }) => ok).map(({ stage }) => stage)
}

async function compare(type: string, make: (later: Later) => Promise<Fault[]>): Promise<void> {
  const faults = await make(onTestFinished)
  const [known, told]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}]
  // The slow ones together, the others one by one: some change what the server does.
  const slow = faults.filter(({ fault }) => fault === 'silent' || fault === 'not this kind of server')
  const late = new Map(slow.map((fault) => [fault, tried(fault)]))
  for (const fault of faults) {
    const name = fault.call === 'copy' ? `${fault.fault} (copy)` : fault.fault
    const result = await (late.get(fault) ?? tried(fault))
    const last = result.stages.at(-1)!
    const [stage, cause, message] = endings[type]![name] ?? ['?', '?', /^$/]
    known[name] = stage === '' ? 'passes' : { stage, cause, message: `matches ${message}` }
    told[name] = result.ok
      ? 'passes'
      : {
          ...{ stage: last.stage, cause: last.cause },
          message: message.test(last.message) ? `matches ${message}` : last.message,
        }
    expect(result.ms, `${name} took too long`).toBeLessThan(ANSWERED_WITHIN_MS)
    // A sentence for people: rclone's own words stand beside it, and no secret in either.
    expect(last.message).not.toBe(last.words)
    const secrets = ['pass', 'secret_access_key', 'key_file_pass', 'key_pem']
      .flatMap((option) => (fault.settings[option] ?? '').split('\n'))
      .filter((text) => text.length > 5 && !text.startsWith('-----'))
    expect(secrets.filter((secret) => JSON.stringify(result).includes(secret))).toEqual([])
    expect(passing(result.stages)).toEqual(
      result.stages.slice(0, result.ok ? undefined : -1).map((s) => s.stage),
    )
  }
  expect(told).toEqual(known)
  expect(Object.keys(endings[type]!).sort()).toEqual(Object.keys(known).sort())
}

describe('a test of an endpoint ends at the stage that fails', () => {
  test.skipIf(cannotRun('ssh'))('SFTP', () => compare('sftp', sftpFaults))
  test.skipIf(cannotRun('samba'))('SMB', () => compare('smb', smbFaults))
  test.skipIf(cannotRun('ftp'))('FTP', () => compare('ftp', ftpFaults))
  test.skipIf(cannotRun('tls'))('WebDAV', () =>
    compare('webdav', (later) => webdavFaults(later, inject('rclone'))),
  )
  test.skipIf(cannotRun('tls'))('S3', () => compare('s3', s3Faults))
})
