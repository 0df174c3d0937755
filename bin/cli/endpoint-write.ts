import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { CreateEndpointInput, Endpoint } from '#lib/endpoints/schema.ts'
import type { FieldIssue } from '#lib/errors.ts'
import { askYes, canAsk } from './ask.ts'
import { Client } from './client.ts'
import { endpointNamed } from './endpoint-named.ts'
import { readSettings, type SettingOptions, withSettingOptions } from './endpoint-settings.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { printJson } from './output.ts'

type Options = SettingOptions & {
  name?: string
  path?: string
  type?: string
  unset?: string[]
  bandwidth?: string
  transfers?: number
  acceptHostKey?: string
  json?: boolean
}

export function createEndpointCommand(): Command {
  const command = new Command('create')
    .description('Add an endpoint; `endpoints kinds` lists what it may be.')
    .argument('[new-name]', 'how commands call it')
    .option('--name <name>', 'the same, as an option')
    .option('--type <type>', 'its kind, such as s3, sftp, smb or local', 'local')
    .option('--path <folder>', 'the root in the storage; of a local one a folder inside the allowed ones')
  withSettingOptions(command)
  withLimits(command).action(async (given: string | undefined, options: Options) => {
    const name = given ?? options.name
    if (!name) throw new CliError(exitStatus.usage, 'How is it to be called? endpoints create <name> …')
    const client = new Client()
    const { type = 'local', path = '' } = options
    const input: CreateEndpointInput = {
      ...{ name, type, path: type === 'local' && path ? resolve(path) : path },
      settings: await readSettings(client, type, options),
      limits: limitsOf(options),
    }
    const made = await sendAccepting(client, 'POST', '/endpoints', input, options)
    tell(made, 'Added', options)
  })
  return withExamples(command, [
    ['endpoints create archive --path /srv/archive', 'a folder of the server'],
    ['endpoints create nas --type sftp --set host=nas.lan --set user=ops --secret pass', 'asks the password'],
    ['endpoints create nas --type sftp --set host=nas.lan --set-file key_pem=~/.ssh/nas', 'by a private key'],
    ['endpoints create slow --path ./inbox --bandwidth 20M', 'no job of it faster than 20 MiB/s'],
  ])
}

export function updateEndpointCommand(): Command {
  const command = new Command('update')
    .description('Change an endpoint: what is not given stays.')
    .argument('<name>', 'its name or id')
    .option('--name <name>', 'a new name')
    .option('--path <folder>', 'another root')
    .option('--unset <setting>', 'removes a setting; may be repeated', (text, before: string[] = []) => [
      ...before,
      text,
    ])
  withSettingOptions(command)
  withLimits(command).action(async (given: string, options: Options) => {
    const client = new Client()
    const { id, type, limits } = await endpointNamed(client, given)
    const removed = (options.unset ?? []).map((name) => [name, ''] as const)
    const settings: Record<string, string> = {
      ...Object.fromEntries(removed),
      ...(await readSettings(client, type, options)),
      // Asked anew, it is refused with the key that the server shows now.
      ...(options.acceptHostKey && { host_keys: '' }),
    }
    const path = options.path && type === 'local' ? resolve(options.path) : options.path
    const limited = options.bandwidth !== undefined || options.transfers !== undefined
    const input = {
      ...(options.name !== undefined && { name: options.name }),
      ...(path !== undefined && { path }),
      ...(Object.keys(settings).length > 0 && { settings }),
      ...(limited && { limits: { ...limits, ...limitsOf(options) } }),
    }
    const changed = await sendAccepting(client, 'PATCH', `/endpoints/${id}`, input, options)
    tell(changed, 'Changed', options)
  })
  return withExamples(command, [
    ['endpoints update nas --secret pass', 'another password'],
    ['endpoints update nas --path /srv/other --bandwidth 50M', 'another root, and a limit'],
    ['endpoints update nas --accept-host-key SHA256:…', 'the server was set up anew'],
  ])
}

function withLimits(command: Command): Command {
  return command
    .option('--bandwidth <rate>', 'limit of each job that uses it, such as 50M')
    .option('--transfers <n>', 'files at a time of each job that uses it', (text) => {
      if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
      return Number(text)
    })
    .option('--accept-host-key <fingerprint>', 'the SSH server’s key, as ssh-keygen -lf prints it there')
    .option('--json', 'print the endpoint as JSON')
}

function limitsOf({ bandwidth, transfers }: Options): NonNullable<CreateEndpointInput['limits']> {
  return { ...(bandwidth !== undefined && { bandwidth }), ...(transfers !== undefined && { transfers }) }
}

/** Sends it; where an SSH server's key is not known yet, once more with the key, if it is the one that was accepted. */
async function sendAccepting(
  client: Client,
  method: 'POST' | 'PATCH',
  path: string,
  input: { settings?: Record<string, unknown> },
  { acceptHostKey, json }: Options,
): Promise<Endpoint> {
  try {
    return await client.call<Endpoint>(method, path, input)
  } catch (error) {
    const shown = error instanceof CliError ? shownKey(error) : undefined
    if (!shown) throw error
    if (acceptHostKey === undefined && (json || !canAsk())) {
      throw new CliError(
        exitStatus.failed,
        `The server shows the host key ${shown.fingerprint}. Compare it with what ssh-keygen -lf prints on the server, then say: --accept-host-key ${shown.fingerprint}`,
        (error as CliError).more,
      )
    }
    if (acceptHostKey !== undefined && acceptHostKey !== shown.fingerprint) {
      throw new CliError(
        exitStatus.failed,
        `The server shows the host key ${shown.fingerprint}, not ${acceptHostKey}. Another machine may be in between; nothing was sent to it.`,
        (error as CliError).more,
      )
    }
    const question = `The server shows the host key ${shown.fingerprint}.\nCompare it with what ssh-keygen -lf prints on the server.`
    if (acceptHostKey === undefined && !(await askYes(question))) {
      throw new CliError(exitStatus.failed, 'The key was not accepted; nothing was changed.')
    }
    const settings = { ...input.settings, host_keys: shown.value }
    return client.call<Endpoint>(method, path, { ...input, settings })
  }
}

function shownKey({ more }: CliError): { value: string; fingerprint: string } | undefined {
  const issues = (more.errors ?? []) as FieldIssue[]
  const issue = issues.find(({ value, fingerprint }) => value && fingerprint)
  return issue && { value: issue.value!, fingerprint: issue.fingerprint! }
}

function tell(endpoint: Endpoint, what: string, { json }: Options): void {
  if (json) printJson(endpoint)
  else console.log(`${what} ${endpoint.name} (${endpoint.type}${endpoint.path ? ` ${endpoint.path}` : ''})`)
}
