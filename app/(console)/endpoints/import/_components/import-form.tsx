'use client'

import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { MadeList } from './made-list.tsx'
import { RemoteRow } from './remote-row.tsx'
import { SourceFields } from './source-fields.tsx'
import { type Import, useImport } from './use-import.ts'

/** A file, then what would become of each of its remotes, then what was made and whether it works. */
export function ImportForm({ mayReadAgent }: { mayReadAgent: boolean }) {
  const form = useImport()
  if (form.made) return <MadeList endpoints={form.made} />
  if (form.items) return <Checklist form={form} />
  return <SourceFields form={form} mayReadAgent={mayReadAgent} />
}

function Checklist({ form }: { form: Import }) {
  const items = form.items ?? []
  const taken = items.filter(({ action }) => action !== 'skip')
  const open = taken.filter(({ problems }) => problems.length > 0)
  return (
    <div className="grid gap-4">
      <Card className="overflow-hidden p-0">
        <ul aria-label="Remotes" aria-busy={form.looking} className="divide-y divide-hairline">
          {items.map((item) => (
            <RemoteRow key={item.remote} item={item} form={form} />
          ))}
        </ul>
      </Card>
      {form.refusal && open.length === 0 && <Notice tone="fail" title={form.refusal.message} live />}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          variant="default"
          size="lg"
          busy={form.importing}
          disabled={form.looking || taken.length === 0 || open.length > 0}
          onClick={form.run}
        >
          {taken.length === 1 ? 'Import 1 endpoint' : `Import ${taken.length} endpoints`}
        </Button>
        <Button size="lg" onClick={form.back}>
          Another file
        </Button>
        <p role="status" className="text-muted-foreground">
          {form.looking ? 'Looking …' : open.length > 0 && wordsFor(open.length)}
        </p>
      </div>
    </div>
  )
}

function wordsFor(open: number): string {
  return open === 1 ? 'One needs a decision, or is left out.' : `${open} need a decision, or are left out.`
}
