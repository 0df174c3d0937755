import type { Cause } from '#lib/jobs/causes.ts'
import { BUCKET_TYPES } from './remote.ts'

export type Rule = {
  cause: Cause
  pattern: RegExp
  /** For storages of these types alone, whose words mean something else than others' do. */
  only?: ReadonlySet<string>
  message: string | ((found: RegExpExecArray) => string)
  /** A line rclone 1.75 really wrote, without the path. */
  example: string
}

const S3: ReadonlySet<string> = new Set(['s3'])
const SHARES: ReadonlySet<string> = new Set(['smb'])

/**
 * The one table from rclone's words to our causes; the first rule that matches wins, so the narrow ones come
 * first. rclone's exit codes and HTTP states say too little: 1 and 500 mean disk full as well as no permission.
 */
export const rules: readonly Rule[] = [
  {
    pattern:
      /no space left on device|file too big for remaining disk space|disk quota exceeded|InsufficientStorage|\b507 Insufficient|StatusCode: 507|STATUS_DISK_FULL|not enough space on the disk/i,
    cause: 'disk_full',
    message: 'There is no space left at the destination.',
    example: 'Failed to copy: preallocate: file too big for remaining disk space',
  },
  {
    pattern: /read-only file system/i,
    cause: 'permission',
    message: 'The destination is mounted read-only.',
    example: 'Failed to copy: open /mnt/out/f.de19a338.partial: read-only file system',
  },
  {
    pattern: /source file is being updated/i,
    cause: 'source_changed',
    message: 'The file changed at the source while it was copied.',
    example:
      "Failed to copy: can't copy - source file is being updated (size changed from 3000000 to 3000002)",
  },
  {
    pattern: /file name too long/i,
    cause: 'name_not_allowed',
    message: 'The name is too long for the destination.',
    example: 'Failed to copy: open /mnt/out/eeee.partial: file name too long',
  },
  {
    // OpenSSH's word for a name that is too long, or that its file system does not take.
    pattern: /SSH_FX_BAD_MESSAGE/,
    cause: 'name_not_allowed',
    message: 'The destination does not take this name; it may be too long.',
    example: 'Failed to copy: Update Create failed: sftp: "Bad message" (SSH_FX_BAD_MESSAGE)',
  },
  {
    pattern: /api error NoSuchKey/,
    cause: 'source_changed',
    message: 'The file was gone when its turn came.',
    example:
      'Failed to copy: operation error S3: CopyObject, https response error StatusCode: 404, RequestID: TEST, HostID: TEST, api error NoSuchKey: The specified key does not exist.',
  },
  {
    pattern: /Duplicate object found in source/i,
    cause: 'name_not_allowed',
    message: 'The source holds two files that count as the same name; only one of them was taken.',
    example: 'Duplicate object found in source - ignoring',
  },
  {
    pattern: /not a path within the local root|illegal byte sequence|invalid argument/i,
    cause: 'name_not_allowed',
    message: 'The destination does not take this name.',
    example: '"．．": file name is not a path within the local root - check the encoding',
  },
  {
    pattern: /overlapping remotes|source and destination are the same/i,
    cause: 'overlap',
    message: 'Source and destination overlap.',
    example:
      "can't sync or move files on overlapping remotes (try excluding the destination with a filter rule)",
  },
  {
    // Asked whether a path below a bucket is a file, rclone takes a refusal for a yes. Our own calls avoid the
    // question (remote.ts); an endpoint that lies over a bucket may still bring it.
    pattern: /^is a file not a directory$/i,
    only: BUCKET_TYPES,
    cause: 'sign_in',
    message:
      'The storage refused to say what is there: the secret may be wrong, the clocks may differ, or the path is a file.',
    example: 'is a file not a directory',
  },
  {
    pattern:
      /incompatible remotes|: not a directory$|: is a directory$|: file exists$|is a directory not a file|^is a file not a directory$/i,
    cause: 'in_the_way',
    message: 'A file is in the way where a folder belongs, or a folder where a file belongs.',
    example: 'Failed to copy: mkdir /mnt/out/p: not a directory',
  },
  {
    pattern: /failed to open (?:source object|directory).*(?:permission denied|operation not permitted)/i,
    cause: 'permission',
    message: 'It may not be read: permission denied.',
    example: 'Failed to copy: failed to open source object: open /srv/in/b: permission denied',
  },
  {
    pattern: /^EACCES: permission denied, (?:l?stat|opendir|scandir|realpath|open) /,
    cause: 'permission',
    message: 'It may not be read: permission denied.',
    example: "EACCES: permission denied, opendir '/srv/in'",
  },
  {
    pattern: /(?:error (?:in ListJSON|listing|reading source root)|^stat ).*permission denied/i,
    only: SHARES,
    cause: 'permission',
    message: 'The account may not use this share or folder.',
    example: "error in ListJSON: couldn't initialize SMB: permission denied",
  },
  {
    pattern: /(?:error (?:in ListJSON|listing|reading source root)|^stat ).*permission denied/i,
    cause: 'permission',
    message: 'It may not be read: permission denied.',
    example: 'error in ListJSON: error listing "": permission denied',
  },
  {
    pattern: /^Couldn't delete: .*(?:permission denied|operation not permitted|\b550 ")/i,
    cause: 'permission',
    message: 'It may not be deleted: permission denied.',
    example: "Couldn't delete: remove /srv/in/a: permission denied",
  },
  {
    pattern: /^Couldn't move: .*(?:permission denied|operation not permitted)/i,
    cause: 'permission',
    message: 'It may not be moved: permission denied.',
    example: "Couldn't move: rename /srv/in/a /mnt/out/a: permission denied",
  },
  {
    pattern: /host key mismatch|knownhosts: key/i,
    cause: 'host_key',
    message: 'The server shows another host key than the one accepted. Nothing was sent to it.',
    example:
      'ssh: handshake failed: sftp: host key mismatch for nas:22: server offered ssh-ed25519 key with fingerprint SHA256:uWZ',
  },
  {
    pattern: /couldn't parse host_keys/i,
    cause: 'host_key',
    message: 'One of the accepted host keys cannot be read. Accept what the server shows again.',
    example:
      "couldn't parse host_keys: host_keys entry 1 (ssh-rsa): not a valid SSH public key: ssh: short read",
  },
  // Before certificates: Go opens old forms of a key by its x509 package.
  {
    pattern: /decryption password incorrect/i,
    cause: 'private_key',
    message: 'The passphrase does not open the private key.',
    example: 'failed to parse private key file: x509: decryption password incorrect',
  },
  {
    pattern: /private key is passphrase protected/i,
    cause: 'private_key',
    message: 'The private key is protected by a passphrase, and the endpoint has none.',
    example: 'failed to parse private key file: ssh: this private key is passphrase protected',
  },
  {
    pattern: /failed to parse private key/i,
    cause: 'private_key',
    message: 'The private key cannot be read: it is not whole, or in a form that rclone does not know.',
    example: 'failed to parse private key file: ssh: no key found',
  },
  {
    pattern: /x509: |certificate (?:is not trusted|signed by unknown authority)|tls: failed to verify/i,
    cause: 'certificate',
    message: 'The certificate of the server is not trusted.',
    example: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  },
  {
    pattern: /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i,
    cause: 'wrong_server',
    message: 'The server speaks no TLS on this port.',
    example: 'Propfind "https://127.0.0.1:4000/": http: server gave HTTP response to HTTPS client',
  },
  {
    pattern: /invalid transport format|malformed HTTP response/i,
    cause: 'wrong_server',
    message: 'Another kind of server answers on this port.',
    example: "couldn't connect SMB: connection error: invalid transport format",
  },
  {
    pattern: /RequestTimeTooSkewed|clock skew/i,
    cause: 'clock_skew',
    message: 'The clock of the agent’s machine differs too much from the storage’s.',
    example:
      'RequestTimeTooSkewed: The difference between the request time and the current time is too large.',
  },
  {
    pattern:
      /(?:AuthorizationHeaderMalformed|IllegalLocationConstraint|PermanentRedirect|BucketRegionError|MovedPermanently).*?expecting '([\w-]{1,40})'/i,
    cause: 'region',
    message: ([, region]) => `The bucket is in the region ${region}; the endpoint says another.`,
    example:
      "api error AuthorizationHeaderMalformed: The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
  },
  {
    pattern: /AuthorizationHeaderMalformed|IllegalLocationConstraint|PermanentRedirect|BucketRegionError/i,
    cause: 'region',
    message: 'The bucket is in another region than the endpoint says.',
    example:
      "AuthorizationHeaderMalformed: The authorization header is malformed; the region 'us-east-1' is wrong",
  },
  {
    pattern:
      /NoSuchBucket|bucket (?:not found|does not exist)|bad network name|STATUS_BAD_NETWORK_NAME|\{Network Name Not Found\}/i,
    cause: 'container_missing',
    message: 'The bucket or share is not there.',
    example:
      "couldn't initialize SMB: response error: {Network Name Not Found} The specified share name cannot be found on the remote server.",
  },
  {
    // A folder in a bucket is never missing: it is there with its first file.
    pattern: /^(?:error (?:listing|in ListJSON|reading source root directory): )?directory not found$/i,
    only: BUCKET_TYPES,
    cause: 'container_missing',
    message: 'The bucket is not there.',
    example: 'error in ListJSON: directory not found',
  },
  {
    pattern:
      /unable to authenticate|login incorrect|401 Unauthorized|InvalidAccessKeyId|SignatureDoesNotMatch|invalid_grant|logon is invalid|token.*expired|couldn't decrypt|\b530 "|LOGON_FAILURE|account is (?:disabled|locked)/i,
    cause: 'sign_in',
    message: 'The storage refused the sign-in.',
    example:
      "couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password]",
  },
  {
    pattern: /ListBuckets.*AccessDenied/i,
    cause: 'permission',
    message: 'The key may not list the buckets: write the bucket’s name into the path of the endpoint.',
    example:
      'error in ListJSON: operation error S3: ListBuckets, https response error StatusCode: 403, RequestID: TEST, HostID: , api error AccessDenied: Access Denied',
  },
  {
    pattern: /ListObjects(?:V2)?.*AccessDenied/i,
    cause: 'permission',
    message: 'The key may not list what is in the bucket.',
    example:
      'error in ListJSON: operation error S3: ListObjects, https response error StatusCode: 403, RequestID: TEST, HostID: , api error AccessDenied: Access Denied',
  },
  {
    pattern: /CreateBucket.*AccessDenied/i,
    cause: 'permission',
    message:
      'The key may not make a bucket. Make it yourself, or switch “no_check_bucket” on if it is there.',
    example:
      'failed to prepare upload: operation error S3: CreateBucket, https response error StatusCode: 403, RequestID: TEST, HostID: , api error AccessDenied: Access Denied',
  },
  {
    // Asked for one object, S3 gives a refusal no reason. A wrong secret was told when the folder was listed.
    pattern: /HeadObject.*api error Forbidden/i,
    only: S3,
    cause: 'permission',
    message: 'The key may not look at this object, or its secret is wrong.',
    example:
      'operation error S3: HeadObject, https response error StatusCode: 403, RequestID: TEST, HostID: , api error Forbidden: Forbidden',
  },
  {
    pattern:
      /permission denied|operation not permitted|access is denied|AccessDenied|api error Forbidden|403 Forbidden/i,
    cause: 'permission',
    message: 'It may not be written: permission denied.',
    example: 'Failed to copy: open /mnt/out/a.ef667876.partial: permission denied',
  },
  {
    pattern: /405 Method Not Allowed/i,
    cause: 'permission',
    message: 'It may not be written: the server allows no changes there.',
    example: 'unchunked simple update failed: Method Not Allowed: 405 Method Not Allowed',
  },
  {
    pattern: /\b55[03] "(?!.*(?:no such|not found|failed to open file))/i,
    cause: 'permission',
    message: 'It may not be written: the server refuses it.',
    example: 'update stor: 553 "Could not create file."',
  },
  {
    pattern: /no such host|server misbehaving/i,
    cause: 'host_unknown',
    message: 'There is no host of this name, or the name server does not answer.',
    example: 'dial tcp: lookup nas.studio.example on 10.0.0.1:53: no such host',
  },
  {
    pattern:
      /i\/o timeout|timeout awaiting response headers|context deadline exceeded|did not answer in time/i,
    cause: 'network',
    message: 'The storage did not answer in time.',
    example: "couldn't connect SMB: connection error: read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout",
  },
  {
    pattern: /: EOF$/,
    cause: 'network',
    message: 'The storage hung up.',
    example: "couldn't connect SSH: ssh: handshake failed: EOF",
  },
  {
    pattern:
      /connection (?:refused|reset|lost|timed out)|broken pipe|network is unreachable|no route to host|unexpected EOF|TLS handshake|use of closed network connection|\b50[0234] (?:Internal|Bad Gateway|Service Unavailable|Gateway)|StatusCode: 50[0234]\b|\b421 "/i,
    cause: 'network',
    message: 'The connection to the storage failed.',
    example: 'Put "http://127.0.0.1:1/f": dial tcp 127.0.0.1:1: connect: connection refused',
  },
  {
    pattern: /corrupted on transfer/i,
    cause: 'corrupted',
    message: 'The copy did not match the source and was removed.',
    example:
      'corrupted on transfer: md5 hashes differ src(S3 bucket bkt) "3030" vs dst(Local file system at /mnt/out) "3985"',
  },
  {
    pattern:
      /^(?:error (?:listing|in ListJSON|reading source root directory): )?(?:directory|object) not found$/i,
    cause: 'source_missing',
    message: 'The source is not there.',
    example: 'error reading source root directory: directory not found',
  },
  {
    pattern: /no such file or directory|(?:object|directory) not found/i,
    cause: 'source_changed',
    message: 'The file or its folder was gone when its turn came.',
    example: 'Failed to copy: failed to open source object: lstat /srv/in/g5: no such file or directory',
  },
]
