import { UnavailableError } from '#lib/errors.ts'
import type { SecretSource } from '../secret-sources.ts'
import { awsSecrets } from './aws-secrets.ts'
import { vault } from './vault.ts'

type Variables = Record<string, string | undefined>

/**
 * Stores of secrets, each for references that begin as FILE_ORBIT_SECRET_STORES allows: `aws-secret:file-orbit/`,
 * `vault:secret/file-orbit/`. Whoever may make an endpoint can send the secret it names to a host of their own, so
 * nothing else that this machine's role may read can be named.
 */
export function secretStores(
  allowed: readonly string[],
  variables: Variables,
): Record<'aws-secret' | 'vault', SecretSource> {
  return {
    'aws-secret': within('aws-secret', allowed, awsSecrets()),
    vault: within('vault', allowed, vault(variables)),
  }
}

function within(scheme: string, allowed: readonly string[], source: SecretSource): SecretSource {
  const starts = allowed.filter((one) => one.startsWith(`${scheme}:`))
  return async (name) => {
    if (starts.some((start) => `${scheme}:${name}`.startsWith(start))) return source(name)
    throw new UnavailableError(
      starts.length > 0
        ? `The agent allows only references that begin with ${starts.join(' or ')} (FILE_ORBIT_SECRET_STORES).`
        : `The agent reads no ${scheme}: references: its FILE_ORBIT_SECRET_STORES allows none.`,
    )
  }
}
