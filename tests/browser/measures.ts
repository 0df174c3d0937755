import { expect, type Page } from '@playwright/test'
import { expectAccessible, expectFits } from './stocked.ts'

const SCRIPT_LIMIT = 200 * 1024
/**
 * Of a layout-shift score of which 0.1 is called good, a tenth. What a person would not see stays below it: a digit that a
 * live figure gains, or the right end of a phone's top bar, which now and then moved by 0.0011 on a busy machine.
 */
const STANDS_STILL = 0.01

/** From the next page on: what moves after it was drawn. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: { value: number; what: string }[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
        sources: { node?: Node }[]
      })[]) {
        if (entry.hadRecentInput) continue
        const nodes = entry.sources.map(({ node }) => (node as Element | undefined)?.outerHTML?.slice(0, 120))
        shifts.push({ value: entry.value, what: nodes.join(' | ') })
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
}

/** Nothing on it moved; and what it weighs, where that is too much. */
export async function expectStillAndSmall(page: Page, path: string): Promise<string[]> {
  const shifts = await page.evaluate(
    () => (window as unknown as { shifts: { value: number; what: string }[] }).shifts,
  )
  const shifted = shifts.reduce((sum, { value }) => sum + value, 0)
  expect(shifted, `${path} moved: ${JSON.stringify(shifts)}`).toBeLessThan(STANDS_STILL)
  const script = await scriptBytes(page)
  expect(script, `${path} has scripts`).toBeGreaterThan(10_000)
  return script >= SCRIPT_LIMIT ? [`${path}: ${script} bytes`] : []
}

export function widthsOf(project: string): number[] {
  return project === 'phone' ? [320, 390, 430] : [768, 1024, 1440, 1920]
}

/** Nothing sticks out at any of these; accessible, light and dark. */
export async function expectEveryWidth(page: Page, widths: number[]): Promise<void> {
  const { width, height } = page.viewportSize()!
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    await expectFits(page)
  }
  await page.setViewportSize({ width, height })
  await expectAccessible(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  // Of all that is looked for, only colours are other ones in the dark.
  await expectAccessible(page, ['color-contrast'])
  await page.emulateMedia({ colorScheme: 'light' })
}

/** From the next page on: what a page fetches ahead, for the pages that it links to, is not its own and does not come. */
export async function refusePrefetch(page: Page): Promise<void> {
  await page.route('**/*', (route, request) =>
    request.headers()['next-router-prefetch'] ? route.abort() : route.fallback(),
  )
}

/** The page's own JavaScript as it went over the wire, or would have: what is in the cache is weighed too. */
export async function scriptBytes(page: Page): Promise<number> {
  return page.evaluate(() => {
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    return resources
      .filter(({ name }) => name.includes('/_next/static/') && name.split('?')[0]!.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  })
}
