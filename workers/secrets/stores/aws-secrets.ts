import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { UnavailableError } from '#lib/errors.ts'
import type { SecretSource } from '../secret-sources.ts'
import { fieldOf } from './field-of.ts'
import { whyNotAws } from './why-not-aws.ts'

/**
 * AWS Secrets Manager: `<name or ARN>`, or with `#<key>` one value of a secret that is JSON. Region, credentials and
 * endpoint are found as every program with AWS's SDK finds them, an instance's or a pod's own role included.
 */
export function awsSecrets(): SecretSource {
  // An ARN names its region.
  const clients = new Map<string, Promise<SecretsManagerClient>>()
  return async (reference) => {
    const [id = '', key] = reference.split('#', 2)
    const region = /^arn:[^:]*:secretsmanager:([^:]+):/.exec(id)?.[1]
    try {
      const found = clients.get(region ?? '') ?? connect(region)
      clients.set(region ?? '', found)
      const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
      const { SecretString } = await (await found).send(new GetSecretValueCommand({ SecretId: id }))
      if (SecretString === undefined) throw new UnavailableError(`The secret ${id} is binary, not text.`)
      return key === undefined ? SecretString : fieldOf(SecretString, key, `The secret ${id}`)
    } catch (error) {
      clients.delete(region ?? '')
      throw whyNotAws(error, `The secret ${id}`)
    }
  }
}

/** Loaded when a reference first names it: the SDK costs every start half a second otherwise. */
async function connect(region: string | undefined): Promise<SecretsManagerClient> {
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  return new SecretsManagerClient({
    ...(region && { region }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 5000 },
  })
}
