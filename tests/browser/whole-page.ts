import { test as base, type Page } from '@playwright/test'

/**
 * Whatever opens a page resolves when it is whole and alive. What comes after its frame lies in the document twice for a
 * moment, hidden and in its place, and whoever looks for one by its label finds two; a frame that stands in for a page
 * goes with whatever was clicked in it; and what is typed or clicked before React has the control may be lost.
 */
export function wholePages(page: Page): Page {
  for (const name of ['goto', 'reload', 'goBack', 'waitForURL'] as const) {
    const open = page[name].bind(page) as (...how: unknown[]) => Promise<never>
    page[name] = async (...how: unknown[]) => {
      const answer = await open(...how)
      await page.waitForFunction(() => {
        if (document.querySelector('[hidden][id^="S:"]')) return false
        if (document.querySelector('h1')?.textContent === 'Loading') return false
        // Hidden fields that server actions need without scripts are the server's alone.
        return [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea')].every(
          (control) => Object.keys(control).some((key) => key.startsWith('__reactProps$')),
        )
      })
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
