import { Argument, Command, Option } from 'commander'
import type { User } from '#lib/users/people-schema.ts'
import { Client } from './client.ts'
import { CliError, exitStatus } from './errors.ts'
import { withExamples } from './help.ts'
import { nearNames } from './near.ts'
import { ago, printJson, printTable } from './output.ts'

const ROLES = ['owner', 'operator', 'viewer']

function list(): Command {
  const command = new Command('list')
    .description('List the people who may sign in, by address.')
    .option('--json', 'print them as JSON')
    .action(async (options: { json?: boolean }) => {
      const found = await everybody(new Client())
      if (options.json) return printJson(found)
      printTable(
        ['ADDRESS', 'NAME', 'ROLE', 'STATE', 'LAST SEEN'],
        found.map((one) => [
          ...[one.email, one.name || '—', one.role, one.disabledAt ? 'disabled' : 'enabled'],
          one.lastSeenAt ? ago(one.lastSeenAt) : '—',
        ]),
        (cell, column) => (column === 'STATE' && cell === 'disabled' ? 'yellow' : null),
      )
    })
  return withExamples(command, [
    ['people list', 'who they are and what they may do'],
    ['people list --json', 'for a script'],
  ])
}

function invite(): Command {
  const command = new Command('invite')
    .description('Make a link by which one person comes in. No mail is sent: pass it on.')
    .argument('<address>', 'their e-mail address')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--json', 'print the invitation and its link as JSON')
    .action(async (email: string, options: { role: string; json?: boolean }) => {
      const made = await new Client().call<{ email: string; link: string; expiresAt: string }>(
        'POST',
        '/invitations',
        { email, role: options.role },
      )
      if (options.json) return printJson(made)
      console.log(made.link)
      console.error(`For ${made.email}: it works once, until ${made.expiresAt}, and is not shown again.`)
    })
  return withExamples(command, [
    ['people invite ops@studio.example --role operator', 'the link alone on standard output'],
    ['people invite eve@studio.example --role viewer --json', 'for a script'],
  ])
}

function role(): Command {
  const command = new Command('role')
    .description('Change what a person may do; it holds from their next request on.')
    .argument('<person>', 'their e-mail address')
    .addArgument(new Argument('<role>', 'what they may do').choices(ROLES))
    .option('--json', 'print the person as JSON')
    .action((email: string, wanted: string, options: { json?: boolean }) =>
      change(email, { role: wanted }, options, (one) => `${one.email} is ${one.role} now`),
    )
  return withExamples(command, [['people role ops@studio.example owner', 'the last owner cannot be demoted']])
}

const switches = {
  disable: {
    description: 'Sign a person out everywhere, and let them in no more.',
    disabled: true,
    told: 'is disabled and signed out everywhere',
  },
  enable: { description: 'Let a disabled person sign in again.', disabled: false, told: 'can sign in again' },
}

function switchCommand(verb: keyof typeof switches): Command {
  const { description, disabled, told } = switches[verb]
  const command = new Command(verb)
    .description(description)
    .argument('<person>', 'their e-mail address')
    .option('--json', 'print the person as JSON')
    .action((email: string, options: { json?: boolean }) =>
      change(email, { disabled }, options, (one) => `${one.email} ${told}`),
    )
  return withExamples(command, [
    [`people ${verb} ops@studio.example`, description.replace(/\.$/, '').toLowerCase()],
  ])
}

async function change(
  email: string,
  what: object,
  options: { json?: boolean },
  told: (user: User) => string,
): Promise<void> {
  const client = new Client()
  const { id } = await personOf(client, email)
  const changed = await client.call<User>('PATCH', `/users/${id}`, what)
  if (options.json) printJson(changed)
  else console.log(told(changed))
}

function everybody(client: Client): Promise<User[]> {
  return client.all<User>('/users?limit=200')
}

/** The person of this address; throws CliError that names those who were probably meant. */
async function personOf(client: Client, email: string): Promise<User> {
  const known = await everybody(client)
  const found = known.find((one) => one.email.toLowerCase() === email.toLowerCase() || one.id === email)
  if (found) return found
  const near = nearNames(
    email,
    known.map((one) => one.email),
  )
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?`
      : 'npx file-orbit people list shows those there are.'
  throw new CliError(exitStatus.usage, `There is no person "${email}". ${hint}`, { near })
}

export function people(): Command {
  const command = new Command('people').description('Who may sign in and as what; needs the key of an owner')
  for (const one of [list(), invite(), role(), switchCommand('disable'), switchCommand('enable')]) {
    command.addCommand(one)
  }
  return withExamples(command, [
    ['people list', 'who they are'],
    ['people invite ops@studio.example --role operator', 'a link that lets one more in'],
  ])
}
