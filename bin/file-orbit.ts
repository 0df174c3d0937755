#!/usr/bin/env node
import { exitStatusOf, report } from './cli/errors.ts'
import { buildProgram } from './cli/program.ts'

// `file-orbit jobs list | head` closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await buildProgram().parseAsync()
} catch (error) {
  report(error)
  process.exitCode = exitStatusOf(error)
}
