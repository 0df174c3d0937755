/** The two endpoints that a job moves files between, in one word: what its messages are grouped by. */
export function routeOf(job: { sourceEndpointId: string; destinationEndpointId: string }): string {
  return `${job.sourceEndpointId} ${job.destinationEndpointId}`
}
