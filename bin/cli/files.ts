import { createReadStream, createWriteStream } from 'node:fs'
import { link, rename, rm, stat } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { Command } from 'commander'
import type { FileCount, FileEntry, Uploaded } from '#lib/files/schema.ts'
import { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { countOf, printJson, printTable, size, visible } from './output.ts'
import { parseSide } from './sides.ts'

// Single files and folders of endpoints: what takes a job is `copy`, `move` and `sync`.

type Target = { id: string; path: string; query: URLSearchParams }

/** "archive:2026/11" as a path of the API. Throws CliError for a local path. */
async function targetOf(client: Client, text: string): Promise<Target> {
  const side = parseSide(text)
  if (side.kind === 'local') {
    throw new CliError(
      exitStatus.usage,
      `"${text}" names no endpoint. Write endpoint:path, such as archive:2026/11.`,
    )
  }
  const { id } = await endpointNamed(client, side.name)
  const path = side.path.startsWith(':') ? `./${side.path}` : side.path
  return { id, path, query: new URLSearchParams({ path }) }
}

type Json = { json?: boolean }

function ls(): Command {
  const command = new Command('ls')
    .description('List a folder of an endpoint.')
    .argument('<folder>', 'endpoint:path')
    .option('--search <text>', 'only names that hold this')
    .option('--below', 'with --search: in the folders below as well')
    .option('--limit <n>', 'most entries', '1000')
    .option('--json', 'print the entries as JSON')
    .action(async (folder: string, options: Json & { search?: string; below?: boolean; limit: string }) => {
      const client = new Client()
      const { id, query } = await targetOf(client, folder)
      if (options.search) query.set('q', options.search)
      if (options.below) query.set('below', 'true')
      const most = Number(options.limit)
      if (!Number.isInteger(most) || most < 1)
        throw new CliError(exitStatus.usage, '--limit is a whole number from 1.')
      query.set('limit', String(Math.min(most, 1000)))
      const found = await client.all<FileEntry>(`/endpoints/${id}/files?${query}`, most)
      if (options.json) return printJson(found)
      printTable(
        ['SIZE', 'CHANGED', 'NAME'],
        found.map((entry) => [
          entry.isFolder ? '-' : size(entry.size),
          entry.modifiedAt?.slice(0, 16).replace('T', ' ') ?? '-',
          `${options.below ? entry.path : entry.name}${entry.isFolder ? '/' : ''}`,
        ]),
      )
    })
  return withExamples(command, [
    ['ls archive:', 'the root of an endpoint'],
    ['ls archive:2026 --search .mov --below', 'every film of the year'],
  ])
}

function mkdir(): Command {
  const command = new Command('mkdir')
    .description('Make a folder in an endpoint.')
    .argument('<folder>', 'endpoint:path')
    .option('--json', 'print its path as JSON')
    .action(async (folder: string, options: Json) => {
      const client = new Client()
      const { id, path } = await targetOf(client, folder)
      const made = await client.call<{ path: string }>('POST', `/endpoints/${id}/folders`, { path })
      if (options.json) printJson(made)
      else console.log(`Made ${visible(made.path)}`)
    })
  return withExamples(command, [['mkdir archive:2026/12', 'a folder for December']])
}

function renameCommand(): Command {
  const command = new Command('rename')
    .description('Give a file or folder another path in its endpoint.')
    .argument('<file>', 'endpoint:path')
    .argument('<to>', 'the new path in the same endpoint; without "/" a new name in the same folder')
    .option('--json', 'print its new path as JSON')
    .action(async (file: string, to: string, options: Json) => {
      const client = new Client()
      const { id, path } = await targetOf(client, file)
      const whole = to.includes('/') ? to : posix.join(posix.dirname(path), to)
      const body = { from: path, to: whole.startsWith(':') ? `./${whole}` : whole }
      const done = await client.call<{ path: string }>('POST', `/endpoints/${id}/rename`, body)
      if (options.json) printJson(done)
      else console.log(`It is ${visible(done.path)} now`)
    })
  return withExamples(command, [
    ['rename archive:2026/a.mov b.mov', 'another name'],
    ['rename archive:2026/a.mov 2027/a.mov', 'another folder'],
  ])
}

function rmCommand(): Command {
  const command = new Command('rm')
    .description('Delete a file of an endpoint, or a folder with all it holds.')
    .argument('<file>', 'endpoint:path')
    .option('--recursive', 'a folder that is not empty')
    .option('--yes', 'do not ask')
    .option('--json', 'print what was deleted as JSON')
    .action(async (file: string, options: Json & { recursive?: boolean; yes?: boolean }) => {
      const client = new Client()
      const { id, path, query } = await targetOf(client, file)
      const count = await client.call<FileCount>('GET', `/endpoints/${id}/size?${query}`)
      if (!options.yes && !(await isMeant(file, count)))
        throw new CliError(exitStatus.cancelled, 'Nothing was deleted.')
      if (options.recursive) query.set('recursive', 'true')
      await client.call('DELETE', `/endpoints/${id}/files?${query}`)
      if (options.json) printJson({ path, ...count })
      else console.log(`Deleted ${visible(path)}`)
    })
  return withExamples(command, [
    ['rm archive:2026/old.mov', 'asks first'],
    ['rm archive:scratch --recursive --yes', 'a folder with all it holds, without a question'],
  ])
}

async function isMeant(file: string, { files, bytes, exact }: FileCount): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CliError(exitStatus.usage, 'There is nobody to ask. --yes deletes without a question.')
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const much = `${exact ? '' : 'more than '}${countOf(files, 'file')}, ${size(bytes)}`
    const said = await terminal.question(`Delete ${visible(file)} (${much})? [y/N] `)
    return /^y(es)?$/i.test(said.trim())
  } finally {
    terminal.close()
  }
}

function get(): Command {
  const command = new Command('get')
    .description('Download a file of an endpoint to this machine.')
    .argument('<file>', 'endpoint:path')
    .argument('[to]', 'a file or folder here; - writes to standard output', '.')
    .option('--overwrite', 'replace a file that is there')
    .option('--json', 'print where it is as JSON')
    .action(async (file: string, to: string, options: Json & { overwrite?: boolean }) => {
      const client = new Client()
      const { id, path, query } = await targetOf(client, file)
      const answer = await client.open('GET', `/endpoints/${id}/content?${query}`)
      if (!answer.ok || !answer.body) return client.refuse(answer)
      const body = Readable.fromWeb(answer.body as NodeStream<Uint8Array>)
      if (to === '-') return pipeline(body, process.stdout, { end: false }).catch(cutOff)
      const isFolder = (await stat(to).catch(() => null))?.isDirectory() ?? false
      const target = isFolder ? join(to, basename(path)) : to
      const aside = `${target}.${process.pid}.partial`
      try {
        await pipeline(body, createWriteStream(aside, { flags: 'wx' })).catch(cutOff)
        await place(aside, target, options.overwrite === true)
        const { size: bytes } = await stat(target)
        if (options.json) printJson({ path: target, size: bytes })
        else console.log(`${target}: ${size(bytes)}`)
      } finally {
        await rm(aside, { force: true })
      }
    })
  return withExamples(command, [
    ['get archive:2026/a.mov', 'into the current folder'],
    ['get archive:notes.txt - | less', 'to standard output'],
  ])
}

async function place(aside: string, target: string, overwrite: boolean): Promise<void> {
  if (overwrite) return rename(aside, target)
  await link(aside, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new CliError(exitStatus.failed, `${target} is there already. --overwrite replaces it.`)
  })
}

function cutOff(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException
  const ours = code?.startsWith('E') && !code.startsWith('ERR_') && code !== 'ECONNRESET'
  throw new CliError(
    exitStatus.failed,
    ours ? message : 'The connection broke before the whole file was here.',
  )
}

function put(): Command {
  const command = new Command('put')
    .description('Upload a file of this machine to an endpoint.')
    .argument('<source>', 'a file here')
    .argument('<to>', 'endpoint:path; a path that ends in "/" or is empty is the folder that it goes into')
    .option('--overwrite', 'replace a file that is there')
    .option('--json', 'print where it is as JSON')
    .action(async (source: string, to: string, options: Json & { overwrite?: boolean }) => {
      const client = new Client()
      const { id, path, query } = await targetOf(client, to)
      const found = await stat(source).catch(() => null)
      if (!found?.isFile()) throw new CliError(exitStatus.usage, `${source} is not a file of this machine.`)
      if (path === '' || path.endsWith('/')) query.set('path', `${path}${basename(source)}`)
      if (options.overwrite) query.set('overwrite', 'true')
      const body = Readable.toWeb(createReadStream(source)) as ReadableStream<Uint8Array>
      const more = {
        ...{ body, duplex: 'half' },
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(found.size) },
      } as RequestInit
      const done = await client.call<Uploaded>('PUT', `/endpoints/${id}/content?${query}`, undefined, more)
      if (options.json) printJson(done)
      else console.log(`${visible(done.path)}: ${size(done.size)}`)
    })
  return withExamples(command, [
    ['put a.mov archive:2026/', 'into a folder'],
    ['put a.mov archive:2026/b.mov --overwrite', 'under another name'],
  ])
}

export function fileCommands(): Command[] {
  return [ls(), mkdir(), renameCommand(), rmCommand(), get(), put()]
}
