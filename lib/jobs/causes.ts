/**
 * Why an attempt ended without completing: the closed list that pages, clients and the retry table share.
 * Browser-safe. The worker's `rclone/outcome.ts` decides which one rclone's own words mean.
 */
export const causes = {
  source_missing: {
    title: 'The source is not there',
    advice: 'Check the path at the source, then retry.',
    retry: 'person',
  },
  source_empty: {
    title: 'The source holds no files',
    advice:
      'A sync would have emptied the destination, so nothing was touched. Check that the source is mounted and the path is right, then retry.',
    retry: 'person',
  },
  outside_roots: {
    title: 'The path leaves the allowed folders',
    advice:
      'A link or a changed folder leads outside the folders this agent may use. Fix it there, then retry.',
    retry: 'person',
  },
  endpoint_deleted: {
    title: 'An endpoint of this job was deleted',
    advice: 'Start a new transfer with an endpoint that exists.',
    retry: 'person',
  },
  permission: {
    title: 'No permission',
    advice: 'The account that File Orbit uses may not read or write there. Grant it, then retry.',
    retry: 'person',
  },
  disk_full: {
    title: 'The destination is full',
    advice: 'Free space at the destination, then retry: files that arrived are not copied again.',
    retry: 'person',
  },
  name_not_allowed: {
    title: 'A file name cannot be carried',
    advice: 'Rename the files listed under Files at the source, then retry.',
    retry: 'person',
  },
  in_the_way: {
    title: 'Something of that name is in the way',
    advice:
      'A file is where a folder belongs, or a folder where a file belongs. Rename or remove it at the destination, then retry.',
    retry: 'person',
  },
  source_changed: {
    title: 'A file changed while it was copied',
    advice: 'The file was not taken half-written; it is copied again on the next attempt.',
    retry: 'later',
  },
  corrupted: {
    title: 'A copy did not match its source',
    advice: 'The bad copy was removed. It is copied again on the next attempt.',
    retry: 'later',
  },
  network: {
    title: 'The connection failed',
    advice: 'It is tried again by itself; if it stays, check the network between the agent and the storage.',
    retry: 'later',
  },
  sign_in: {
    title: 'The storage refused the sign-in',
    advice: 'Check the account and password or key of the endpoint, then retry.',
    retry: 'person',
  },
  host_unknown: {
    title: 'The host is not known',
    advice: 'It is tried again by itself; if it stays, check the host’s name in the endpoint.',
    retry: 'later',
  },
  host_refused: {
    title: 'The host is not allowed',
    advice:
      'It leads to the agent’s own machine or its cloud’s metadata. Choose another host in the endpoint.',
    retry: 'person',
  },
  host_key: {
    title: 'The server’s host key is another one',
    advice:
      'Nothing was sent to it. If the server was changed on purpose, accept its new key in the endpoint, then retry.',
    retry: 'person',
  },
  certificate: {
    title: 'The server’s certificate is not trusted',
    advice: 'Renew it at the server, or add its authority to the agent’s machine, then retry.',
    retry: 'person',
  },
  wrong_server: {
    title: 'Another kind of server answers there',
    advice: 'Check the host, the port and the kind of the endpoint, then retry.',
    retry: 'person',
  },
  private_key: {
    title: 'The private key cannot be used',
    advice: 'Paste the whole key into the endpoint again, with its passphrase, then retry.',
    retry: 'person',
  },
  clock_skew: {
    title: 'The clocks differ',
    advice: 'The storage refuses requests of another time. Set the clock of the agent’s machine, then retry.',
    retry: 'person',
  },
  region: {
    title: 'The bucket is in another region',
    advice: 'Set the region of the bucket in the endpoint, then retry.',
    retry: 'person',
  },
  container_missing: {
    title: 'The bucket or share is not there',
    advice: 'Check the first part of the path in the endpoint; make the bucket or share if it is new.',
    retry: 'person',
  },
  secret: {
    title: 'A secret of an endpoint cannot be had',
    advice: 'Enter it again in the endpoint, or give the agent what it lacks, then retry.',
    retry: 'person',
  },
  silent: {
    title: 'Nothing moved for too long',
    advice: 'No byte and no file moved for the time allowed, so the attempt was ended. It is tried again.',
    retry: 'later',
  },
  rclone_died: {
    title: 'rclone ended unexpectedly',
    advice: 'It is tried again by itself with a fresh rclone.',
    retry: 'later',
  },
  worker_lost: {
    title: 'The worker went away',
    advice: 'Another worker takes the job up by itself; files that arrived are not copied again.',
    retry: 'now',
  },
  destination_is_file: {
    title: 'The destination is a file',
    advice: 'Choose a folder as the destination; the file in the way was not touched.',
    retry: 'person',
  },
  overlap: {
    title: 'Source and destination overlap',
    advice: 'Choose a destination outside the source.',
    retry: 'person',
  },
  files_failed: {
    title: 'Some files failed',
    advice: 'The failed files are listed first under Files, each with its reason. The others arrived.',
    retry: 'later',
  },
  files_blocked: {
    title: 'Some files cannot be carried as things are',
    advice:
      'The failed files are listed first under Files, each with its reason. Mend those, then retry; the others arrived.',
    retry: 'person',
  },
  unknown: {
    title: 'rclone reported an error',
    advice: 'Read the log below for its own words.',
    retry: 'later',
  },
} as const satisfies Record<string, { title: string; advice: string; retry: 'now' | 'later' | 'person' }>

export type Cause = keyof typeof causes
