import { defineConfig } from '@playwright/test'

/** Debian's; Playwright's own browsers come from a host that many machines cannot reach. */
const chromium = process.env.FILE_ORBIT_CHROMIUM ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: 'tests/browser',
  workers: 2,
  retries: 0,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [
    ['list'],
    ...(process.env.FILE_ORBIT_BROWSER_REPORT
      ? [['json', { outputFile: process.env.FILE_ORBIT_BROWSER_REPORT }] as const]
      : []),
  ],
  use: {
    // Recorded, a run takes half as long again.
    trace: process.env.FILE_ORBIT_TRACE ? 'retain-on-failure' : 'off',
    // Without a GPU each frame of what spins is drawn by the processor that the test shares.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'wide', use: { viewport: { width: 1440, height: 900 } } },
    {
      name: 'phone',
      // What these look at is as wide as it is; their pages are measured on the phone by every-page.spec.ts.
      testIgnore: /(queue-test|sign-in|stream)\.spec\.ts/,
      use: { viewport: { width: 390, height: 844 }, hasTouch: true },
    },
  ],
})
