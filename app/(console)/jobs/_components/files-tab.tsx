import { FileCheck2 } from 'lucide-react'
import Link from 'next/link'
import { EmptyState } from '#app/_components/empty-state.tsx'
import { Bytes } from '#app/_components/figures.tsx'
import { PathText } from '#app/_components/path-text.tsx'
import { StateBadge } from '#app/_components/state-badge.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { Chip, Chips } from '#app/_components/ui/chip.tsx'
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '#app/_components/ui/table.tsx'
import { orNotFound } from '#app/_server/action.ts'
import type { Context } from '#lib/context.ts'
import { causes } from '#lib/jobs/causes.ts'
import { listTransfers } from '#lib/jobs/details.ts'
import type { Transfer, TransferAction } from '#lib/jobs/schema.ts'
import { SearchBox } from './search-box.tsx'

const filters = [
  { label: 'All', state: undefined },
  { label: 'In flight', state: 'running' },
  { label: 'Failed', state: 'failed' },
  { label: 'Done', state: 'completed' },
]

const done: Record<TransferAction, string> = {
  copied: 'Copied',
  replaced: 'Replaced',
  moved: 'Moved',
  deleted: 'Deleted',
}

/** Every file of the job that was touched, failed ones first. */
export async function FilesTab({
  ctx,
  id,
  search,
}: {
  ctx: Context
  id: string
  search: Record<string, string | undefined>
}) {
  const { state, q, cursor } = search
  const page = await orNotFound(
    listTransfers({ ctx, id, input: { state, q: q || undefined, cursor, limit: 100 } }),
  )
  const address = (change: Record<string, string | undefined>) => {
    const query = new URLSearchParams({ tab: 'files' })
    for (const [name, value] of Object.entries({ state, q, ...change })) if (value) query.set(name, value)
    return `/jobs/${id}?${query}`
  }
  return (
    <>
      <div className="mb-2.5 flex flex-wrap items-center justify-between gap-2">
        <Chips label="Filter by state">
          {filters.map((filter) => (
            <Chip key={filter.label} href={address({ state: filter.state })} current={state === filter.state}>
              {filter.label}
            </Chip>
          ))}
        </Chips>
        <SearchBox placeholder="Filter by name" />
      </div>
      {page.items.length === 0 ? (
        <EmptyState icon={FileCheck2} title={emptyTitle(page.nextCursor, state || q)}>
          {state || q
            ? page.nextCursor
              ? 'There are many files. “More files” looks further.'
              : 'Change the filter above to see the others.'
            : 'Each file that is copied, replaced, moved, deleted or fails gets a row; unchanged ones are only counted.'}
        </EmptyState>
      ) : (
        <Card className="overflow-hidden p-0">
          <Table>
            <TableHeader>
              <TableRow>
                <TableHead className="w-28">State</TableHead>
                <TableHead>Path</TableHead>
                <TableHead className="w-24 text-right">Size</TableHead>
              </TableRow>
            </TableHeader>
            <TableBody>
              {page.items.map((file) => (
                <FileRow key={file.path} file={file} />
              ))}
            </TableBody>
          </Table>
        </Card>
      )}
      <div className="mt-3 flex justify-end gap-2">
        {cursor && (
          <Button asChild>
            <Link href={address({})}>First page</Link>
          </Button>
        )}
        {page.nextCursor && (
          <Button asChild>
            <Link href={address({ cursor: page.nextCursor })}>More files</Link>
          </Button>
        )}
      </div>
    </>
  )
}

function emptyTitle(nextCursor: string | null, filter: string | undefined): string {
  if (nextCursor) return 'No match among the first files'
  return filter ? 'No file matches' : 'No file was touched'
}

function FileRow({ file }: { file: Transfer }) {
  return (
    <TableRow>
      <TableCell>
        <StateBadge state={file.state} {...(file.state === 'completed' && { label: done[file.action] })} />
      </TableCell>
      <TableCell className="max-w-0">
        <PathText path={file.path} />
        {file.error && (
          <p className="text-sm whitespace-normal">
            <span className="text-fail">{causes[file.error.cause].title}.</span>{' '}
            <span className="break-words text-muted-foreground">{file.error.message}</span>
          </p>
        )}
      </TableCell>
      <TableCell className="text-right">
        {file.state === 'completed' && file.action !== 'deleted' ? (
          <Bytes value={file.size} />
        ) : file.state === 'running' ? (
          <Bytes value={file.size} />
        ) : null}
      </TableCell>
    </TableRow>
  )
}
