import { exitStatusOf, report } from './errors.ts'
import { buildProgram } from './program.ts'

export async function runCommandLine(): Promise<void> {
  try {
    await buildProgram().parseAsync()
  } catch (error) {
    report(error)
    process.exitCode = exitStatusOf(error)
  }
}
