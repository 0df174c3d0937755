import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../run.ts'
import type { Source } from './binary.ts'

const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
]
const TIMEOUT_MS = 180_000

/**
 * Debian's package from sid, unpacked without installing: apt with its own lists and cache in `into`, the
 * mirror and proxies of this machine's settings, signatures checked with the Debian keyring that is here.
 * Needs no root, changes nothing of the system (its update hooks are cleared). The binary needs only libc.
 */
export function debianPackage(): Source {
  return {
    name: 'Debian package (sid)',
    async fetch(into, log) {
      const keyring = KEYRINGS.find((path) => existsSync(path))
      if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) {
        throw new Error('this system has no apt-get and dpkg')
      }
      if (!keyring) throw new Error('this system has no Debian archive keyring')
      log('Fetching rclone from Debian sid, into the cache only')
      const own = await mirrors()
      if (own.length === 0) throw new Error('this system names no Debian mirror in its apt sources')
      const failures: string[] = []
      for (const mirror of own) {
        try {
          return await unpackFrom(mirror, keyring, into)
        } catch (error) {
          failures.push(`${mirror}: ${error instanceof Error ? error.message : error}`)
        }
      }
      throw new Error(failures.join('; '))
    },
  }
}

/** More are not tried: each that is not Debian's costs a look, and its signature does not hold. */
const MIRRORS_TRIED = 3

/**
 * The machine's own mirrors in the order of its sources, whatever format those are written in. apt itself says
 * what it would fetch: that needs no root, no lock and no lists (a fresh machine has none).
 */
async function mirrors(): Promise<string[]> {
  const { stdout } = await run('/usr/bin/apt-get', ['update', '--print-uris', '-o', 'Debug::NoLocking=1'], {
    timeoutMs: 10_000,
  })
  const found = [...stdout.matchAll(/^'(\S+?)\/dists\/(\S+?)\/main\/binary-/gm)]
  const own = found.filter(([, , suite]) => !suite!.includes('security')).map(([, uri]) => uri!)
  return [...new Set(own)].slice(0, MIRRORS_TRIED)
}

async function unpackFrom(mirror: string, keyring: string, into: string): Promise<string> {
  const settings = join(into, 'apt.conf')
  const main = join(into, 'main.conf')
  const sources = join(into, 'sources.list')
  const [lists, cache, tree] = [join(into, 'lists'), join(into, 'cache'), join(into, 'tree')]
  for (const folder of [join(lists, 'partial'), join(cache, 'archives', 'partial'), tree]) {
    await mkdir(folder, { recursive: true })
  }
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} sid main\n`)
  // APT_CONFIG is read before /etc/apt/apt.conf.d, `Dir::Etc::main` after it: only there can hooks be cleared.
  await writeFile(settings, `Dir::Etc::main "${main}";\n`)
  await writeFile(
    main,
    [
      existsSync('/etc/apt/apt.conf') ? '#include /etc/apt/apt.conf;' : '',
      '#clear APT::Update::Pre-Invoke;',
      '#clear APT::Update::Post-Invoke;',
      '#clear APT::Update::Post-Invoke-Success;',
      '#clear APT::Default-Release;',
      `Dir::Etc::sourcelist "${sources}";`,
      'Dir::Etc::sourceparts "/dev/null";',
      'Dir::Etc::preferences "/dev/null";',
      'Dir::Etc::preferencesparts "/dev/null";',
      `Dir::State::lists "${lists}";`,
      `Dir::Cache "${cache}";`,
      // As root, apt would read and write as user _apt, who cannot reach a private folder.
      'APT::Sandbox::User "root";',
      'Acquire::Languages "none";',
      'Acquire::PDiffs "false";',
      'Acquire::Retries "1";',
      'Acquire::http::Timeout "10";',
      'Acquire::https::Timeout "10";',
      '',
    ].join('\n'),
  )
  const { PATH, HOME, http_proxy, https_proxy, no_proxy } = process.env
  const env = { PATH, HOME, http_proxy, https_proxy, no_proxy, APT_CONFIG: settings, LC_ALL: 'C' }
  await must('/usr/bin/apt-get', ['--quiet', 'update', '-o', 'APT::Update::Error-Mode=any'], {
    cwd: cache,
    env,
  })
  await must('/usr/bin/apt-get', ['--quiet', 'download', 'rclone'], { cwd: cache, env })
  const file = (await readdir(cache)).find((name) => name.endsWith('.deb'))
  if (!file) throw new Error('apt-get download left no package')
  await must('/usr/bin/dpkg', ['--extract', join(cache, file), tree], { cwd: cache, env })
  return join(tree, 'usr', 'bin', 'rclone')
}

async function must(
  command: string,
  args: string[],
  where: { cwd: string; env: Record<string, string | undefined> },
) {
  const { status, output } = await run(command, args, { ...where, timeoutMs: TIMEOUT_MS })
  if (status === 0) return
  const lines = output.trim().split('\n')
  const said = lines.find((line) => line.startsWith('E:')) ?? lines.at(-1)
  throw new Error(`${args.find((arg) => !arg.startsWith('-'))} failed: ${said}`)
}
