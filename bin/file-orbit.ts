#!/usr/bin/env node
import './imports.mjs'

// `file-orbit jobs list | head` closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

// Not before: what is imported above is found first.
const { runCommandLine } = await import('./cli/run.ts')
await runCommandLine()
