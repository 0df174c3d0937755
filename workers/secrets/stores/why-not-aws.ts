import { UnavailableError } from '#lib/errors.ts'

/** A refusal by AWS, by its kind: its own words may hold an account's details. `what` begins the sentence. */
export function whyNotAws(error: unknown, what: string): UnavailableError {
  if (error instanceof UnavailableError) return error
  const { name, code } = error as { name?: string; code?: string }
  switch (name) {
    case 'ResourceNotFoundException':
    case 'NotFoundException':
      return new UnavailableError(`${what} does not exist at AWS in this region.`)
    case 'AccessDeniedException':
    case 'AccessDenied':
      return new UnavailableError(
        `${what} may not be read by the AWS role of this machine, or is of another account or region.`,
      )
    case 'InvalidCiphertextException':
    case 'IncorrectKeyException':
      return new UnavailableError(`${what} was not made by a key of this AWS account and region.`)
    case 'CredentialsProviderError':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
      return new UnavailableError(`${what} cannot be read: this machine has no credentials that AWS takes.`)
  }
  const region =
    error instanceof Error && /region is (missing|not set)|no region|unable to .*region/i.test(error.message)
  if (region) return new UnavailableError(`${what} cannot be read: AWS_REGION is not set.`)
  return new UnavailableError(`${what} cannot be read from AWS now (${code ?? name ?? 'no answer'}).`)
}
