import { migrate } from '#lib/db/migrate.ts'
import { originOf, readEnv } from '#lib/env.ts'
import { prepareFirstOwner } from '#lib/users/first-owner.ts'

// What `npm start` does before its children, for those who start web and workers by themselves: brings the
// database to this version and prints the link for the first owner while there is none.

const env = readEnv()
if (!env.databaseUrl) {
  console.error('DATABASE_URL is not set: it names the database to bring to this version.')
  process.exit(1)
}
await migrate(env.databaseUrl)
const { setupToken } = await prepareFirstOwner({ ...env, databaseUrl: env.databaseUrl })
console.log('The database is at this version.')
if (setupToken) {
  console.log(
    `Make the first owner by this link (good for one day, once): ${originOf(env)}/setup?token=${setupToken}`,
  )
}
