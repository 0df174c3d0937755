/** Takes what is to be done at the end: `afterAll` for a whole file, `onTestFinished` within a test. */
export type Later = (close: () => Promise<void>) => void
