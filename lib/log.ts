import { pino } from 'pino'

/** Lines for operators, as JSON on standard output. Ids and figures; never a path's content, never a secret. */
export const log = pino({
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
})
