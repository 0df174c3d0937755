import type { Address } from '#lib/endpoints/kinds/kind.ts'
import { kindOf } from '#lib/endpoints/kinds/kinds.ts'
import type { TestResult } from '#lib/endpoints/schema.ts'
import type { StorageFacts } from '#lib/endpoints/storage-facts.ts'
import { DomainError } from '#lib/errors.ts'
import type { Reason } from '../rclone/outcome.ts'
import type { Slot } from '../rclone/slot.ts'
import type { Place } from '../rclone/types.ts'
import type { OpenedPlace, PlaceOpener } from '../secrets/place-opener.ts'
import { redactor } from '../secrets/redactor.ts'
import { answersSoon } from '../transfer/reach.ts'
import { whyOutside } from '../transfer/real-paths.ts'
import type { AskedPlace } from './asked-place.ts'
import { whyHostClosed } from './closed-hosts.ts'
import { Deadline } from './deadline.ts'
import { type Failed, listRoot, writeProbe } from './deeds.ts'
import { connectTo, resolveHost, secureSsh, secureTls, speaksTls } from './reach.ts'
import { Stages } from './stages.ts'
import { readFacts } from './storage-facts.ts'

type StageName = TestResult['stages'][number]['stage']

/** Whoever asked waits for 15 s (lib/agents/questions.ts), of which a rclone may first have to be started. */
const WHOLE_MS = 12_500

/**
 * Whether a storage answers, in stages that end at the first that fails: what was wrong and what to do, with rclone's
 * own words where it had any. Takes no longer than people wait for an answer, and says which stage hung.
 */
export async function testPlace(
  slot: Slot,
  opener: PlaceOpener,
  asked: AskedPlace,
  { write, onOpened }: { write: boolean; onOpened?: (opened: OpenedPlace) => void },
): Promise<TestResult & { facts?: StorageFacts | null }> {
  const stages = new Stages<StageName>()
  const result = () => ({ ok: stages.ok, stages: stages.rows })
  const deadline = new Deadline(WHOLE_MS)
  let opened: OpenedPlace | null = null
  const ready = await stages.run(asked.type === 'local' ? 'roots' : 'settings', async () => {
    if (!(await answersSoon(asked))) {
      const message =
        'The folder does not answer. Check that its disk or network mount works, then try again.'
      return { cause: 'silent', message }
    }
    const outcome = await openPlace(slot, opener, asked, { checkHosts: false })
    if ('cause' in outcome) return outcome
    opened = outcome
    onOpened?.(outcome)
    stages.hidden = redactor(outcome.secrets)
    return asked.type === 'local'
      ? 'The folder lies inside the allowed ones.'
      : 'All settings and secrets are at hand.'
  })
  if (ready && opened) {
    const { place } = opened as OpenedPlace
    const address = reached(place)
    const closed = await whyHostClosed(asked)
    if (closed) stages.tell('resolve', { cause: 'host_refused', message: closed }, 0)
    const folders: string[] = []
    const ok =
      !closed &&
      (!address || (await testReach(stages, address, place, deadline))) &&
      (await testList(stages, slot, place, address, deadline, folders))
    if (ok && write) await stages.run('write', () => writeProbe(slot, place, deadline))
    if (ok) {
      const names = folders.sort().slice(0, MOST_FOLDERS).map(stages.hidden)
      const facts = await readFacts(slot, place)
      return { ...result(), ...(stages.ok && { folders: names }), facts }
    }
  }
  return result()
}

/** Enough to choose a share or a bucket from; a folder of a million is no list to choose from. */
const MOST_FOLDERS = 200

/** The place with its secrets opened; the reason where one cannot be had, or a folder lies outside the roots. */
export async function openPlace(
  slot: Slot,
  opener: PlaceOpener,
  asked: AskedPlace,
  { checkHosts }: { checkHosts: boolean } = { checkHosts: true },
): Promise<OpenedPlace | Reason> {
  try {
    const closed = checkHosts ? await whyHostClosed(asked) : null
    if (closed) return { cause: 'host_refused', message: closed }
    const opened = await opener.open(slot, asked)
    for (const place of [opened.place, ...opened.localBases]) {
      const outside = await whyOutside(place, asked.roots)
      if (outside) return { cause: 'outside_roots', message: outside }
    }
    return opened
  } catch (error) {
    if (error instanceof DomainError) return { cause: 'secret', message: error.message }
    throw error
  }
}

/** Where rclone will connect to by itself; null where that cannot be known, or a proxy stands in between. */
function reached({ type, settings = {} }: Place): Address | null {
  const address = kindOf(type).address?.(settings) ?? null
  const byProxy = settings.socks_proxy || settings.http_proxy
  const web = address && (address.secure === 'tls' || address.port === 80)
  return byProxy || (web && (process.env.HTTPS_PROXY ?? process.env.https_proxy)) ? null : address
}

async function testReach(
  stages: Stages<StageName>,
  address: Address,
  { settings = {} }: Place,
  deadline: Deadline,
): Promise<boolean> {
  if (!(await stages.run('resolve', () => resolveHost(address, deadline.atMost(5_000))))) return false
  if (!(await stages.run('connect', () => connectTo(address, deadline.atMost(5_000))))) return false
  const withinMs = deadline.atMost(5_000)
  switch (address.secure) {
    case 'tls':
      return (
        settings.no_check_certificate === 'true' || stages.run('secure', () => secureTls(address, withinMs))
      )
    case 'ssh':
      return stages.run('secure', () => secureSsh(address, settings.host_keys, withinMs))
    case null:
      return true
  }
}

/** One listing tells what is left: whoever may list has been let in. */
async function testList(
  stages: Stages<StageName>,
  slot: Slot,
  place: Place,
  address: Address | null,
  deadline: Deadline,
  folders: string[],
): Promise<boolean> {
  if (place.type === 'local') return stages.run('list', () => listRoot(slot, place, deadline, folders))
  const began = performance.now()
  const found = await listRoot(slot, place, deadline, folders)
  const tookMs = performance.now() - began
  const { settings = {} } = place
  if (typeof found !== 'string') {
    if (found.cause === 'network' && address?.secure === null && (await speaksTls(address, deadline.left))) {
      return stages.tell('secure', { ...found, ...onlyTls(address) }, tookMs)
    }
    const failed = stageOf(found, address)
    if (failed !== 'list') return stages.tell(failed, found, tookMs)
  }
  if (settings.explicit_tls === 'true') stages.tell('secure', 'TLS was agreed on after the connection.', 0)
  stages.tell('sign_in', 'The storage let us in.', tookMs)
  return stages.tell('list', found, 0)
}

function onlyTls({ port }: Address): Reason {
  return {
    cause: 'wrong_server',
    message: `The server speaks TLS alone on port ${port}. Write https:// in the URL, or choose TLS.`,
  }
}

/** How far the listing came that ended so. What we have looked at ourselves before is not at fault again. */
function stageOf({ cause, words = '' }: Failed, address: Address | null): StageName {
  switch (cause) {
    case 'host_unknown':
      return 'resolve'
    case 'certificate':
    case 'host_key':
      return 'secure'
    case 'wrong_server':
      return /TLS|HTTPS/.test(words) ? 'secure' : 'sign_in'
    case 'network':
      return address ? 'sign_in' : 'connect'
    case 'sign_in':
    case 'private_key':
    case 'clock_skew':
    case 'region':
      return 'sign_in'
    default:
      return 'list'
  }
}
