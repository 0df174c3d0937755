import { cn } from '#app/_components/cn.ts'
import type { FieldRow } from '#lib/api/schema-view.ts'
import { Prose } from './prose.tsx'

/** Fields with their types; on a phone each is a block of its own. */
export function FieldsTable({ label, fields }: { label: string; fields: FieldRow[] }) {
  return (
    <ul aria-label={label} className="divide-y divide-hairline">
      {fields.map((field) => (
        <li
          key={field.name}
          className="grid gap-x-4 gap-y-0.5 px-3.5 py-1.5 md:grid-cols-[minmax(0,15rem)_minmax(0,16rem)_minmax(0,1fr)]"
        >
          <span className="font-mono text-sm break-all">
            {field.name}
            {field.required && <span className="ml-2 font-sans text-xs text-warn">required</span>}
          </span>
          {field.type && <span className="text-sm break-words text-muted-foreground">{field.type}</span>}
          <span className={cn('text-sm break-words', !field.type && 'md:col-span-2')}>
            <Prose text={field.about} />
          </span>
        </li>
      ))}
    </ul>
  )
}
