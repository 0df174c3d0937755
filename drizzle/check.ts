import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'

// Fails when the schema in lib/db/schema has something that no migration here brings.
// drizzle-kit takes no absolute folder.
const copy = 'node_modules/.cache/file-orbit-drift'
rmSync(copy, { recursive: true, force: true })
cpSync('drizzle', copy, { recursive: true })
const count = () => readdirSync(copy).filter((name) => name.endsWith('.sql')).length
const before = count()
const made = spawnSync(
  process.execPath,
  [
    'node_modules/drizzle-kit/bin.cjs',
    'generate',
    '--dialect=postgresql',
    '--schema=./lib/db/schema/*.ts',
    `--out=${copy}`,
  ],
  { encoding: 'utf8' },
)
const drifted = count() !== before
rmSync(copy, { recursive: true, force: true })
if (made.status !== 0) console.error(made.stdout + made.stderr)
if (drifted)
  console.error('The schema has changed without a migration: npm run db:generate -- --name what_changed')
process.exitCode = made.status !== 0 || drifted ? 1 : 0
