import { test as base } from '@playwright/test'

/**
 * `page.goto` resolves when the page is whole: what comes after its frame lies in the document twice for a moment, hidden
 * and in its place, and whoever looks for one by its label finds two.
 */
export const test = base.extend({
  async page({ page }, use) {
    const goto = page.goto.bind(page)
    page.goto = async (...where) => {
      const answer = await goto(...where)
      await page.waitForFunction(() => document.querySelector('[hidden][id^="S:"]') === null)
      return answer
    }
    await use(page)
  },
})
