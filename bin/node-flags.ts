/** Of every Node that we start: type stripping and SQLite work, and still announce themselves in some 24s. */
export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  `--import=${new URL('./imports.mjs', import.meta.url).href}`,
]

/**
 * Of every worker that `npm start`, Compose or systemd starts. V8 lets its young objects have 64 MiB twice and what is old
 * grow fourfold before it looks which of it is dead: of a worker that looks at 100,000 files that is most of its memory
 * (docs/benchmarks.md).
 */
export const MEMORY_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=100']
/** Of those that we start. */
export const WORKER_FLAGS = [...NODE_FLAGS, ...MEMORY_FLAGS]
