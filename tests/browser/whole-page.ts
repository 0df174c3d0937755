import { test as base, type Page } from '@playwright/test'

/**
 * Whatever opens a page resolves when it is whole: what comes after its frame lies in the document twice for a moment,
 * hidden and in its place, and whoever looks for one by its label finds two.
 */
export function wholePages(page: Page): Page {
  for (const name of ['goto', 'reload', 'goBack', 'waitForURL'] as const) {
    const open = page[name].bind(page) as (...how: unknown[]) => Promise<never>
    page[name] = async (...how: unknown[]) => {
      const answer = await open(...how)
      await page.waitForFunction(() => document.querySelector('[hidden][id^="S:"]') === null)
      return answer
    }
  }
  return page
}

export const test = base.extend({
  async page({ page }, use) {
    await use(wholePages(page))
  },
})
