import { sayPath } from './use-listing.ts'

/** Where the content of a file is fetched from and sent to. */
export function contentAddress(endpointId: string, path: string): string {
  return `/api/v1/endpoints/${endpointId}/content?${new URLSearchParams({ path: sayPath(path) })}`
}
