/** Of every Node that we start: type stripping and SQLite work, and still announce themselves in some 24s. */
export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  `--import=${new URL('./imports.mjs', import.meta.url).href}`,
]
