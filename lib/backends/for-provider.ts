// Browser-safe, and without the schemas: a form asks it at each change of the provider.

/** Whether an option, or an example of one, is for the provider that was chosen. */
export function isForProvider(wanted: string, provider: string | undefined): boolean {
  if (wanted === '') return true
  const negated = wanted.startsWith('!')
  const names = (negated ? wanted.slice(1) : wanted).split(',')
  return names.includes(provider ?? '') !== negated
}
