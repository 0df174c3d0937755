import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** What one runner says of its tests; `failures` has a line for each, for a log of which only the end is kept. */
export type Outcome = { passed: number; failed: number; skipped: number; failures: string[] }

type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

type PlaywrightSuite = {
  file: string
  suites?: PlaywrightSuite[]
  specs?: {
    title: string
    ok: boolean
    tests: { projectName: string; status: string; results: { error?: { message?: string } }[] }[]
  }[]
}

type PlaywrightReport = {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors?: { message?: string }[]
  suites: PlaywrightSuite[]
}

/** @param status with which Vitest ended; a file that cannot be loaded fails without a failed test. */
export function readVitest(path: string, status: number | null): Outcome {
  const report = read<VitestReport>(path)
  if (!report) return withoutReport('Vitest', status)
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [line(file, 'the file itself', message)]
    return failed.map((test) => line(file, test.fullName, test.failureMessages[0]))
  })
  const failed = report.numFailedTests
  return {
    passed: report.numPassedTests,
    failed: status === 0 ? failed : Math.max(failed, failures.length, 1),
    skipped: report.numPendingTests + report.numTodoTests,
    failures:
      status !== 0 && failures.length === 0
        ? [`Vitest ended with ${status} though no test failed: see its «Unhandled Errors» above`]
        : failures,
  }
}

/** @param status with which Playwright ended. */
export function readPlaywright(path: string, status: number | null): Outcome {
  const report = read<PlaywrightReport>(path)
  if (!report) return withoutReport('Playwright', status)
  const { expected, unexpected, flaky, skipped } = report.stats
  const failures = [
    ...(report.errors ?? []).map(({ message }) => line('Playwright', 'as a whole', message)),
    ...report.suites.flatMap(failuresOf),
  ]
  const failed = unexpected + flaky
  return { passed: expected, failed: status === 0 ? failed : Math.max(failed, 1), skipped, failures }
}

function failuresOf({ file, specs = [], suites = [] }: PlaywrightSuite): string[] {
  const own = specs.flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ projectName, results }) =>
        line(
          `tests/browser/${file} [${projectName}]`,
          title,
          results.find(({ error }) => error)?.error?.message,
        ),
      ),
  )
  return [...own, ...suites.flatMap(failuresOf)]
}

function withoutReport(runner: string, status: number | null): Outcome {
  return { passed: 0, failed: 1, skipped: 0, failures: [`${runner} ended with ${status} and left no report`] }
}

/** The first lines of what went wrong, which say what was expected and what came. */
function line(where: string, name: string, message = ''): string {
  const start = stripVTControlCharacters(message).split('\n').slice(0, 6).join('\n    ')
  return `${where} > ${name}\n    ${start.slice(0, 800)}`
}

function read<T>(path: string): T | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null
}
