// What our processes load first (`--import`): halves the time until a worker is ready, and its memory. Only plain
// JavaScript and Node's own modules here. Measured in docs/decisions/0026-how-modules-are-found.md.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url).href
const packages = new URL('node_modules/', root).href
const drizzle = new URL('drizzle-orm/', packages).href

// What was compiled, and stripped of its types, is kept for the next start; where it cannot be, nothing is lost.
if (!process.env.NODE_COMPILE_CACHE) {
  module.enableCompileCache(fileURLToPath(new URL('.cache/compiled', packages)))
}
// A process that is killed keeps nothing otherwise.
setTimeout(() => module.flushCompileCache(), 10_000).unref()

// For each import Node 24 reads the package.json that says how, anew: of drizzle-orm that is 179 KB, three hundred times.
const known = new Map()
module.registerHooks({
  resolve(specifier, context, next) {
    const { parentURL: from = '', conditions, importAttributes } = context
    if (!conditions.includes('import')) return next(specifier, context)
    // All of its files that import another are modules.
    if (from.startsWith(drizzle) && /^\.{1,2}\/.*\.js$/.test(specifier)) {
      return { url: new URL(specifier, from).href, format: 'module', shortCircuit: true }
    }
    // Whichever file of ours asks for a package, or for a `#room/…`, means the same.
    const isOurs = from.startsWith(root) && !from.startsWith(packages)
    if (!isOurs || /^[./]|^file:/.test(specifier) || importAttributes.type) return next(specifier, context)
    const answer = known.get(specifier) ?? { ...next(specifier, context), shortCircuit: true }
    known.set(specifier, answer)
    return answer
  },
})
