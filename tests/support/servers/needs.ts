import { findChromium, findNssWrapper, findProgram } from './programs.ts'

type Need = {
  /** What the tests run, in words. */
  what: string
  /** Debian's packages, each with what tells that it is there. */
  packages: Record<string, () => unknown>
  asRoot: boolean
}

/** What the tests run that no npm package brings. */
const needs = {
  chromium: { what: 'the browser tests', packages: { chromium: findChromium }, asRoot: false },
  ssh: {
    what: 'tests with an OpenSSH server',
    packages: { 'openssh-server': () => findProgram('sshd'), ...accounts() },
    asRoot: false,
  },
  samba: {
    what: 'tests with a Samba server',
    packages: { samba: () => findProgram('smbd'), ...accounts() },
    asRoot: true,
  },
  ftp: {
    what: 'tests with an FTP server',
    packages: { vsftpd: () => findProgram('vsftpd'), ...accounts(), ...certificates() },
    asRoot: true,
  },
  tls: { what: 'tests with a certificate', packages: certificates(), asRoot: false },
} satisfies Record<string, Need>

export type NeedName = keyof typeof needs

export const BROWSER: NeedName[] = ['chromium']
export const SERVERS: NeedName[] = ['ssh', 'samba', 'ftp', 'tls']

function accounts(): Need['packages'] {
  return { 'libnss-wrapper': findNssWrapper, openssl: () => findProgram('openssl') }
}

function certificates(): Need['packages'] {
  return { openssl: () => findProgram('openssl') }
}

/** Debian's packages that are missing here for `names`. */
export function missingPackages(names: NeedName[]): string[] {
  const missing = names.flatMap((name) =>
    Object.entries(needs[name].packages).flatMap(([name, find]) => (find() ? [] : [name])),
  )
  return [...new Set(missing)]
}

/**
 * For `describe.skipIf`: true, and says aloud what to do, where this machine cannot run them. In CI a skipped
 * test is a failure (tests/run.ts).
 */
export function cannotRun(...names: NeedName[]): boolean {
  const missing = missingPackages(names)
  const root = process.getuid?.() === 0 ? undefined : names.find((name) => needs[name].asRoot)
  if (missing.length > 0) {
    console.log(`SKIPPED: ${wordsFor(names)}. Install what they need: apt-get install ${missing.join(' ')}`)
  } else if (root) console.log(`SKIPPED: ${wordsFor([root])}. Run the tests as root.`)
  return missing.length > 0 || root !== undefined
}

function wordsFor(names: NeedName[]): string {
  return names.map((name) => needs[name].what).join(', ')
}
