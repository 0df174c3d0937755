import { buildApp } from 'fauxqs'

// A process of its own, for objects live in its memory. `startFauxqs` would listen on every address.
const address = await buildApp().listen({ host: '127.0.0.1', port: 0 })
console.log(`fauxqs listens on ${address}`)
