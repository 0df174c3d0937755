import { isDeepStrictEqual } from 'node:util'
import { referencesOf } from '#lib/endpoints/references.ts'
import { DomainError, UnavailableError } from '#lib/errors.ts'
import { confText, oneLineValue, remoteNames, type Section } from '#lib/rclone-conf/conf-text.ts'
import { writeOwnKeys } from '#lib/rclone-conf/own-keys.ts'
import { configSecret, type WriteConfigAnswer, type WriteConfigQuestion } from '#lib/rclone-conf/protocol.ts'
import { parsePublicKey } from '#lib/secrets/keys.ts'
import { seal } from '#lib/secrets/seal.ts'
import type { Slot } from '../rclone/slot.ts'
import type { PlaceOpener } from '../secrets/place-opener.ts'
import { dumpConfig } from './dump-config.ts'
import type { ConfigDesk } from './read-config.ts'

type Given = WriteConfigQuestion['endpoints'][number]
type Written = Section & { of: Given }
type LeftOut = WriteConfigAnswer['leftOut']

/**
 * Endpoints as the text of an rclone.conf with their secrets, sealed for whoever asked. What rclone would not read
 * back exactly as it is meant is left out, and so is what lies over it; both are told.
 */
export async function writeConfig(
  desk: Pick<ConfigDesk, 'rclone'>,
  slot: Slot,
  opener: PlaceOpener,
  { row, publicKey, endpoints }: WriteConfigQuestion,
): Promise<WriteConfigAnswer> {
  const leftOut: LeftOut = []
  const opened = await openAll(slot, opener, endpoints, leftOut)
  const sections = await readable(desk.rclone, slot.folder, opened, leftOut)
  const comments = [
    'Written by File Orbit. Passwords are obscured, not encrypted: whoever has this file can read them.',
    ...leftOut.map(({ name, why }) => `Left out: ${name}: ${why}`),
  ]
  const text = confText(sections, comments)
  const sealed = await seal(parsePublicKey(publicKey), configSecret(row, 'answer'), text)
  return { sealed, written: sections.map(({ of }) => of.name), leftOut }
}

async function openAll(
  slot: Slot,
  opener: PlaceOpener,
  endpoints: Given[],
  leftOut: LeftOut,
): Promise<Written[]> {
  const names = remoteNames(endpoints.map(({ name }) => name))
  const byId = new Map(endpoints.map((of, at) => [of.row, { of, name: names[at]! }]))
  const remoteOf = (id: string) => {
    const base = byId.get(id)
    if (!base) throw new UnavailableError('An endpoint that it lies over is not there any more.')
    // One of this machine is written as an alias, which ends at its root.
    return `${base.name}:${base.of.type === 'local' ? '' : base.of.root}`
  }
  const opened: Written[] = []
  for (const { of, name } of byId.values()) {
    try {
      opened.push({ of, name, options: await optionsOf(slot, opener, of, name, remoteOf) })
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      leftOut.push({ name: of.name, why: error.message })
    }
  }
  return opened
}

async function optionsOf(
  slot: Slot,
  opener: PlaceOpener,
  of: Given,
  name: string,
  remoteOf: (id: string) => string,
): Promise<Record<string, string>> {
  const { bandwidth, transfers } = of.limits
  const isLocal = of.type === 'local'
  const own = writeOwnKeys({
    ...(of.name !== name && { name: of.name }),
    ...(!isLocal && of.root !== '' && { path: of.root }),
    ...(bandwidth && { bandwidth }),
    ...(transfers && { transfers: String(transfers) }),
  })
  if (isLocal) return { type: 'alias', remote: of.root, ...own }
  const settings = await opener.settings(slot, of, [], remoteOf)
  const lines = Object.entries(settings).map(([option, value]) => [option, oneLineValue(value)])
  return { type: of.type, ...Object.fromEntries(lines), ...own }
}

/** Those that rclone reads as they are meant: it is asked, section by section where one spoils the file. */
async function readable(
  rclone: string,
  folder: string,
  sections: Written[],
  leftOut: LeftOut,
): Promise<Written[]> {
  const broken = await whichAreMisread(rclone, folder, sections)
  for (const { of } of sections.filter((one) => broken.has(one.of.row))) {
    leftOut.push({ name: of.name, why: 'It has a value that an rclone.conf cannot hold.' })
  }
  let left = sections.filter((one) => !broken.has(one.of.row))
  for (;;) {
    const there = new Set(left.map(({ of }) => of.row))
    const alone = left.filter(({ of }) => referencesOf(of.settings).some((id) => !there.has(id)))
    if (alone.length === 0) return left
    for (const { of } of alone) leftOut.push({ name: of.name, why: 'What it lies over is left out.' })
    left = left.filter((one) => !alone.includes(one))
  }
}

async function whichAreMisread(rclone: string, folder: string, sections: Written[]): Promise<Set<string>> {
  if (sections.length === 0) return new Set()
  // A line break would begin a line of its own, or another section.
  const plain = sections.filter(
    ({ options }) => !Object.values(options).some((value) => /[\r\n\0]/.test(value)),
  )
  const dumped = await dumpConfig(rclone, folder, confText(plain), null)
  const right = plain.filter(
    ({ name, options }) => dumped.ok && isDeepStrictEqual({ ...dumped.remotes[name] }, options),
  )
  if (dumped.ok || plain.length === 1) {
    return new Set(sections.filter((one) => !right.includes(one)).map(({ of }) => of.row))
  }
  const half = Math.ceil(plain.length / 2)
  const misread = new Set(sections.filter((one) => !plain.includes(one)).map(({ of }) => of.row))
  for (const part of [plain.slice(0, half), plain.slice(half)]) {
    for (const row of await whichAreMisread(rclone, folder, part)) misread.add(row)
  }
  return misread
}
