import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where systems keep what only root usually runs. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/sbin']
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib']

/** The path of a program of the machine. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** The same, for what cannot do without. */
export function programPath(name: string): string {
  const path = findProgram(name)
  if (!path) throw new Error(`${name} is not installed`)
  return path
}

/** cwrap's library that shows a process users which the machine does not have: https://cwrap.org/nss_wrapper.html */
export function findNssWrapper(): string | undefined {
  const folders = LIBRARIES.flatMap((folder) => [folder, ...multiarch(folder)])
  return folders.map((folder) => join(folder, 'libnss_wrapper.so')).find((path) => existsSync(path))
}

function multiarch(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(folder, name))
}

export function findChromium(): string | undefined {
  const places = [
    process.env.FILE_ORBIT_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  return places.find((path) => path !== undefined && path !== '' && existsSync(path))
}
