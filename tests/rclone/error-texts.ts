/** How far rclone came; `settings` is before any connection. */
export type Stage = 'settings' | 'resolve' | 'connect' | 'secure' | 'sign-in' | 'list' | 'write'

/**
 * By fault, rclone's words: null where it sees no fault and its answer is empty or wrong, several where it says
 * one or the other. A root was listed (`operations/list`), or with `(copy)` a file copied to it
 * (`operations/copyfile`).
 */
export type Texts = Record<string, string | string[] | null>

/**
 * What rclone 1.75.2 says, with `LowLevelRetries: 1`, word for word but for what differs each time (`asExample`).
 * error-texts.test.ts makes each fault for real (storage-faults.ts) and compares.
 */
export const errorTexts: Record<string, Partial<Record<Stage, Texts>>> = {
  sftp: {
    settings: {
      'wrong passphrase': 'failed to parse private key file: x509: decryption password incorrect',
      'no passphrase': 'failed to parse private key file: ssh: this private key is passphrase protected',
      'not a key': 'failed to parse private key file: ssh: no key found',
    },
    resolve: {
      'unknown host': "NewFs: couldn't connect SSH: dial tcp: lookup no-such-host..invalid: no such host",
    },
    connect: {
      'port closed': "NewFs: couldn't connect SSH: dial tcp 127.0.0.1:4000: connect: connection refused",
      silent:
        "NewFs: couldn't connect SSH: ssh: handshake failed: read tcp 127.0.0.1:4000->127.0.0.1:4000: i/o timeout",
      'hangs up': "NewFs: couldn't connect SSH: ssh: handshake failed: EOF",
      'not this kind of server': "NewFs: couldn't connect SSH: ssh: handshake failed: EOF",
    },
    secure: {
      'host key changed (host_keys)':
        "NewFs: couldn't connect SSH: ssh: handshake failed: sftp: host key mismatch for 127.0.0.1:4000: server offered ssh-ed25519 key with fingerprint SHA256:TbUPmDgYZCTrOv283WpWcJFgM+MRyorFrn28pQgI8KU; pinned fingerprints for this algorithm: SHA256:TbUPmDgYZCTrOv283WpWcJFgM+MRyorFrn28pQgI8KU -- if the server key has changed legitimately, clear host_keys and re-run with --sftp-pin-host-key",
      'host key changed (known_hosts_file)':
        "NewFs: couldn't connect SSH: ssh: handshake failed: knownhosts: key mismatch",
      'host key unknown (known_hosts_file)':
        "NewFs: couldn't connect SSH: ssh: handshake failed: knownhosts: key is unknown",
    },
    'sign-in': {
      'wrong password':
        "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password], no supported methods remain",
      'unknown user':
        "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password], no supported methods remain",
      'key not accepted':
        "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
    },
    list: {
      'no such folder': 'error in ListJSON: directory not found',
      'folder not readable': 'error in ListJSON: error listing "": permission denied',
    },
    write: {
      'folder not readable (copy)': 'stat failed: permission denied',
      'folder not writable (copy)': 'Update Create failed: permission denied',
    },
  },
  smb: {
    resolve: {
      'unknown host':
        "error in ListJSON: couldn't connect SMB: dial tcp: lookup no-such-host..invalid: no such host",
    },
    connect: {
      'port closed':
        "error in ListJSON: couldn't connect SMB: dial tcp 127.0.0.1:4000: connect: connection refused",
      silent:
        "error in ListJSON: couldn't connect SMB: connection error: read tcp 127.0.0.1:4000->127.0.0.1:4000: i/o timeout",
      'hangs up': "error in ListJSON: couldn't connect SMB: connection error: EOF",
      'not this kind of server':
        "error in ListJSON: couldn't connect SMB: connection error: invalid transport format",
    },
    'sign-in': {
      'wrong password':
        "error in ListJSON: couldn't connect SMB: response error: The attempted logon is invalid. This is either due to a bad username or authentication information.",
      'unknown user':
        "error in ListJSON: couldn't connect SMB: response error: The attempted logon is invalid. This is either due to a bad username or authentication information.",
    },
    list: {
      'no such share':
        "error in ListJSON: couldn't initialize SMB: response error: {Network Name Not Found} The specified share name cannot be found on the remote server.",
      'share not allowed': "error in ListJSON: couldn't initialize SMB: permission denied",
      'no such folder': 'error in ListJSON: directory not found',
      'folder not readable': 'error in ListJSON: open locked: permission denied',
    },
    write: {
      'share read-only (copy)': 'failed to open: open new.txt.a517224b.partial: permission denied',
      'folder not readable (copy)': 'stat locked\\new.txt: permission denied',
      'folder not writable (copy)': 'failed to open: open fixed\\new.txt.a517224b.partial: permission denied',
    },
  },
  ftp: {
    resolve: {
      'unknown host':
        'NewFs: failed to make FTP connection to "no-such-host..invalid:21": dial tcp: lookup no-such-host..invalid: no such host',
    },
    connect: {
      'port closed':
        'NewFs: failed to make FTP connection to "127.0.0.1:4000": dial tcp 127.0.0.1:4000: connect: connection refused',
      silent:
        'NewFs: failed to make FTP connection to "127.0.0.1:4000": read tcp 127.0.0.1:4000->127.0.0.1:4000: i/o timeout',
      'hangs up': 'NewFs: failed to make FTP connection to "127.0.0.1:4000": EOF',
      'not this kind of server':
        'NewFs: failed to make FTP connection to "127.0.0.1:4000": read tcp 127.0.0.1:4000->127.0.0.1:4000: i/o timeout',
    },
    secure: {
      'certificate not known':
        'NewFs: failed to make FTP connection to "127.0.0.1:4000": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'TLS from the start, server has none':
        'NewFs: failed to make FTP connection to "127.0.0.1:4000": tls: first record does not look like a TLS handshake',
    },
    'sign-in': {
      'wrong password': 'NewFs: failed to make FTP connection to "127.0.0.1:4000": 530 "Login incorrect."',
      'unknown user': 'NewFs: failed to make FTP connection to "127.0.0.1:4000": 530 "Login incorrect."',
    },
    list: {
      'no such folder': 'error in ListJSON: directory not found',
      'folder not readable': null,
    },
    write: {
      'folder not readable (copy)': 'update stor: 553 "Could not create file."',
      'folder not writable (copy)': 'update stor: 553 "Could not create file."',
    },
  },
  webdav: {
    resolve: {
      'unknown host':
        'error in ListJSON: couldn\'t list files: Propfind "http://no-such-host..invalid:21/": dial tcp: lookup no-such-host..invalid: no such host',
    },
    connect: {
      'port closed':
        'error in ListJSON: couldn\'t list files: Propfind "http://127.0.0.1:4000/": dial tcp 127.0.0.1:4000: connect: connection refused',
      silent: [
        'error in ListJSON: couldn\'t list files: Propfind "http://127.0.0.1:4000/": net/http: timeout awaiting response headers',
        'error in ListJSON: couldn\'t list files: Propfind "http://127.0.0.1:4000/": read tcp 127.0.0.1:4000->127.0.0.1:4000: i/o timeout',
      ],
      'hangs up': 'error in ListJSON: couldn\'t list files: Propfind "http://127.0.0.1:4000/": EOF',
      'not this kind of server': null,
    },
    secure: {
      'certificate not known':
        'error in ListJSON: couldn\'t list files: Propfind "https://127.0.0.1:4000/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'https asked of http':
        'error in ListJSON: couldn\'t list files: Propfind "https://127.0.0.1:4000/": http: server gave HTTP response to HTTPS client',
      'http asked of https':
        'error in ListJSON: couldn\'t list files: Propfind "http://127.0.0.1:4000/": EOF',
    },
    'sign-in': {
      'wrong password': "error in ListJSON: couldn't list files: 401 Unauthorized: 401 Unauthorized",
      'unknown user': "error in ListJSON: couldn't list files: 401 Unauthorized: 401 Unauthorized",
    },
    list: {
      'no such address (404)': 'error in ListJSON: directory not found',
      'no such folder': 'error in ListJSON: directory not found',
      'folder not readable': null,
    },
    write: {
      'folder not readable (copy)':
        'unchunked simple update failed: Method Not Allowed: 405 Method Not Allowed',
      'folder not writable (copy)':
        'unchunked simple update failed: Method Not Allowed: 405 Method Not Allowed',
    },
  },
  s3: {
    resolve: {
      'unknown host':
        'error in ListJSON: operation error S3: ListObjects, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://no-such-host..invalid:21/orbit?delimiter=%2F&max-keys=1000&prefix=": dial tcp: lookup no-such-host..invalid: no such host',
    },
    connect: {
      'port closed':
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": dial tcp 127.0.0.1:4000: connect: connection refused',
      silent: [
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": net/http: timeout awaiting response headers',
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": read tcp 127.0.0.1:4000->127.0.0.1:4000: i/o timeout',
      ],
      'hangs up':
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": EOF',
      'not this kind of server': null,
    },
    secure: {
      'certificate not known':
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "https://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'https asked of http':
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "https://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": http: server gave HTTP response to HTTPS client',
      'http asked of https':
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://127.0.0.1:4000/orbit?delimiter=%2F&max-keys=1000&prefix=": EOF',
    },
    'sign-in': {
      'wrong secret':
        'error in ListJSON: operation error S3: ListObjects, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      'wrong secret (copy)':
        'operation error S3: HeadObject, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error Forbidden: Forbidden',
      'wrong secret, a path below the bucket': 'is a file not a directory',
      'unknown key':
        'error in ListJSON: operation error S3: ListObjects, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.',
      'clock skew':
        'error in ListJSON: operation error S3: ListObjects, exceeded maximum number of attempts, 1, Probable clock skew error: https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error RequestTimeTooSkewed: The difference between the request time and the current time is too large.',
      'clock skew, a path below the bucket': 'is a file not a directory',
    },
    list: {
      'region differs':
        "error in ListJSON: operation error S3: ListObjects, https response error StatusCode: 400, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error AuthorizationHeaderMalformed: The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
      'no such bucket': 'error in ListJSON: directory not found',
      'key may not list the bucket':
        'error in ListJSON: operation error S3: ListObjects, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error AccessDenied: Access Denied',
      'key may not list buckets':
        'error in ListJSON: operation error S3: ListBuckets, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error AccessDenied: Access Denied',
    },
    write: {
      'no such bucket (copy)':
        'operation error S3: PutObject, https response error StatusCode: 404, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error NoSuchBucket: The specified bucket does not exist: no-such-bucket',
      'key may not write (copy)':
        'operation error S3: PutObject, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error AccessDenied: Access Denied',
      'key may not create the bucket (copy)':
        'failed to prepare upload: operation error S3: CreateBucket, https response error StatusCode: 403, RequestID: 94C7A6AAB40E4DE7, HostID: s3, api error AccessDenied: Access Denied',
    },
  },
}

/** A text as it stands above: ports, fingerprints, numbers of requests and of partial files are always the same. */
export function asExample(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:4000')
    .replaceAll(/SHA256:[\w+/]{43}/g, 'SHA256:TbUPmDgYZCTrOv283WpWcJFgM+MRyorFrn28pQgI8KU')
    .replaceAll(/RequestID: [^,]+, HostID: [^,]*/g, 'RequestID: 94C7A6AAB40E4DE7, HostID: s3')
    .replaceAll(/\.[0-9a-f]{8}\.partial/g, '.a517224b.partial')
}
