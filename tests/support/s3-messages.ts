/** An event as a test gives it; what is left out is what S3 would say of a small new object. */
export type Told = {
  bucket?: string
  key: string
  eventName?: string
  size?: number | null
  eTag?: string
  versionId?: string
  sequencer?: string
  at?: string
}

const AT = '2026-11-21T02:30:00.123Z'

/** As S3 writes it into `Records`; the key is encoded as S3 does it. */
export function record(told: Told): object {
  const { bucket = 'orbit', key, eventName = 'ObjectCreated:Put', size = 5, at = AT } = told
  const { eTag = 'd41d8cd98f00b204e9800998ecf8427e', versionId, sequencer = '0055AED6DCD90281E5' } = told
  const isGone = eventName.includes('Removed') || eventName.includes('Expiration')
  return {
    ...{ eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: 'us-east-1', eventTime: at, eventName },
    userIdentity: { principalId: 'AWS:AIDATEST' },
    s3: {
      ...{ s3SchemaVersion: '1.0', configurationId: 'file-orbit' },
      bucket: { name: bucket, ownerIdentity: { principalId: 'A3' }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        ...(!isGone && size !== null && { size, eTag }),
        ...(versionId !== undefined && { versionId }),
        sequencer,
      },
    },
  }
}

export function notification(...told: Told[]): string {
  return JSON.stringify({ Records: told.map(record) })
}

export function testEvent(bucket = 'orbit'): string {
  return JSON.stringify({
    ...{ Service: 'Amazon S3', Event: 's3:TestEvent', Time: AT, Bucket: bucket },
    ...{ RequestId: '5582815E1AEA5ADF', HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e' },
  })
}

/** The envelope of SNS where raw delivery is off. */
export function bySns(message: string): string {
  return JSON.stringify({
    ...{ Type: 'Notification', MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b' },
    ...{
      TopicArn: 'arn:aws:sns:us-east-1:123456789012:file-orbit-events',
      Subject: 'Amazon S3 Notification',
    },
    ...{ Message: message, Timestamp: AT, SignatureVersion: '1' },
  })
}

/** As EventBridge writes it: the key is not encoded, the time has whole seconds. */
export function byEventBridge(told: Told & { detailType?: string; deletion?: string }): string {
  const { bucket = 'orbit', key, size = 5, at = AT, detailType = 'Object Created', deletion } = told
  const { eTag = 'd41d8cd98f00b204e9800998ecf8427e', versionId, sequencer = '0055AED6DCD90281E5' } = told
  return JSON.stringify({
    ...{ version: '0', id: '17793124-05d4-b198-2fde-7ededc63b103', 'detail-type': detailType },
    ...{ source: 'aws.s3', account: '123456789012', time: at.replace(/\.\d+/, ''), region: 'us-east-1' },
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      ...{ version: '0', bucket: { name: bucket }, reason: 'PutObject' },
      object: {
        key,
        ...(!deletion && size !== null && { size, etag: eTag }),
        ...(versionId !== undefined && { 'version-id': versionId }),
        sequencer,
      },
      ...(deletion && { 'deletion-type': deletion }),
    },
  })
}
