import { issueAt, type Kind } from './kind.ts'
import { linesOf, someReferences } from './over.ts'
import { inside } from './words.ts'

export const union: Kind = {
  type: 'union',
  group: 'over',
  label: 'Union',
  sentence: 'Several endpoints, shown as one.',
  fields: ['upstreams', 'create_policy', 'action_policy', 'search_policy'],
  words: { upstreams: { label: 'Lies over', help: 'One a line; the first that has a file wins.' } },
  path: inside,
  check: ({ settings }) => {
    const issues = someReferences(settings.upstreams, /^endpoint:[0-9a-f-]{36}(\/[^:]*)?(:ro|:nc)?$/)
    const isOne = issues.length === 0 && linesOf(settings.upstreams).length === 1
    return isOne ? [issueAt('upstreams', 'A union is of two endpoints or more: add another one.')] : issues
  },
}
