/** As in lib/templates/variables.ts; {run.year} is a date as well. `{{` stands for a brace. */
const DATE = /\{(run\.)?(year|month|day|hour|minute|second|timestamp|date|week)[:}]/

/** Whether a path of a template is another one at another time. */
export function holdsDate(path: string): boolean {
  return DATE.test(path.replaceAll('{{', ''))
}
