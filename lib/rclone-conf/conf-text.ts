import { isRemoteName } from './remote-spec.ts'

// The text of an rclone.conf. rclone reads it by goconfig, whose own writer loses values with a backtick: what is
// written here is read back by rclone itself before anybody is given it (workers/rclone-conf/write-config.ts).

export type Section = { name: string; options: Record<string, string> }

export function confText(sections: readonly Section[], comments: readonly string[] = []): string {
  const head = comments.map((line) => `# ${oneLine(line)}\n`).join('')
  const bodies = sections.map(({ name, options }) => {
    const lines = Object.entries(options).map(([option, value]) => `${option} = ${written(value)}\n`)
    return `[${name}]\n${lines.join('')}`
  })
  return [head, ...bodies].filter((part) => part !== '').join('\n')
}

/** A service account is JSON on several lines, which means the same on one. */
export function oneLineValue(value: string): string {
  if (!/[\r\n]/.test(value)) return value
  try {
    return JSON.stringify(JSON.parse(value))
  } catch {
    return value
  }
}

/** Where a value begins like a quoted one, or ends in what a reader trims, it is put into quotes that it can hold. */
function written(value: string): string {
  return /^(`|""")|^\s|\s$|^\u0085|\u0085$/.test(value) ? `"""${value}"""` : value
}

/**
 * Names as rclone takes them, no two alike; each of ours that is no such name gets one near to it. Without dots beside
 * a name that ends at one: goconfig gives `nas.old` whatever it has not from `nas`.
 */
export function remoteNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  const all = new Set(names)
  return names.map((name) => {
    const dots = [...name.matchAll(/\./g)].some(({ index }) => all.has(name.slice(0, index)))
    const plain = dots ? name.replaceAll('.', '_') : name
    const base = isRemoteName(plain) ? plain : nearName(plain)
    let free = base
    for (let number = 2; used.has(free.toLowerCase()); number += 1) free = `${base} ${number}`
    used.add(free.toLowerCase())
    return free
  })
}

function nearName(name: string): string {
  const near = name.replace(/[^\w\p{L}\p{N}.+@ -]/gu, '_').replace(/^[ -]+|[ -]+$/g, '')
  return isRemoteName(near) ? near : 'endpoint'
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}
