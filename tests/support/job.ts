import type { Job } from '#lib/jobs/schema.ts'

/** A job as the server tells it while it runs. */
export const runningJob: Job = {
  id: '01a1fc86-49b6-71aa-a721-95a2b54606e6',
  state: 'running',
  waitingFor: null,
  operation: 'copy',
  source: { endpointId: '01a1fc86-49a7-74f6-82c6-71518a64b0c2', path: '' },
  destination: { endpointId: '01a1fc86-49b1-717a-bca0-cdd76ba8f5f5', path: '' },
  options: {},
  template: null,
  trigger: null,
  bytes: 0,
  totalBytes: 10,
  files: 0,
  totalFiles: 1,
  speed: 0,
  etaSeconds: null,
  error: null,
  attempt: 1,
  createdAt: '2026-11-21T05:13:41.556Z',
  startedAt: '2026-11-21T05:13:41.570Z',
  finishedAt: null,
}
