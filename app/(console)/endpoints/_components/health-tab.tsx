import Link from 'next/link'
import type { ReactNode } from 'react'
import { Bytes } from '#app/_components/figures.tsx'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import type { EndpointHealth } from '#lib/endpoints/health-schema.ts'
import type { StorageFacts } from '#lib/endpoints/storage-facts.ts'
import { causeWords } from './health-dot.tsx'
import { UsedBy } from './used-by.tsx'

/** Whether it worked when it was last used, how full it is, what it can do, and what uses it. */
export function HealthTab({ health, id }: { health: EndpointHealth; id: string }) {
  const { lastSuccess, lastFailure, facts, factsAt, usedBy } = health
  return (
    <div className="grid max-w-[760px] gap-4">
      <Card className="p-0">
        <KeyValues>
          <KeyValue label="Last success">
            {lastSuccess ? <When {...lastSuccess} /> : 'None yet. “Test” asks it now.'}
          </KeyValue>
          <KeyValue label="Last failure">
            {lastFailure ? (
              <>
                <When {...lastFailure} />
                <p className="break-words text-muted-foreground">
                  {causeWords(lastFailure)}
                  {lastFailure.message &&
                    lastFailure.message !== causeWords(lastFailure) &&
                    `. ${lastFailure.message}`}
                </p>
              </>
            ) : (
              'None'
            )}
          </KeyValue>
        </KeyValues>
      </Card>
      <Card className="p-0">
        {facts ? (
          <Facts facts={facts} />
        ) : (
          <p className="px-3.5 py-3 text-muted-foreground">
            Its space and features are read by a test that passes.
          </p>
        )}
      </Card>
      {factsAt && (
        <p className="-mt-2 text-sm text-muted-foreground">
          As the test of <RelativeTime at={factsAt} /> found it.
        </p>
      )}
      <Card className="px-3.5 py-3">
        <h2 className="font-semibold">Used by</h2>
        {usedBy.endpoints.length + usedBy.templates.length + usedBy.jobs.length === 0 ? (
          <p className="mt-1 text-muted-foreground">Nothing has used it yet.</p>
        ) : (
          <UsedBy {...usedBy} />
        )}
        {usedBy.jobs.length > 0 && (
          <p className="mt-2">
            <Link href={`/jobs?endpointId=${id}`} className="text-primary hover:underline">
              All jobs that use it
            </Link>
          </p>
        )}
      </Card>
    </div>
  )
}

function When({ at, jobId }: { at: string; jobId: string | null }) {
  return (
    <>
      <RelativeTime at={at} />
      {jobId ? (
        <>
          , by{' '}
          <Link href={`/jobs/${jobId}`} className="text-primary hover:underline">
            a job
          </Link>
        </>
      ) : (
        ', by a test'
      )}
    </>
  )
}

function Facts({ facts: { space, features } }: { facts: StorageFacts }) {
  const rows: [string, ReactNode][] = [
    [
      'Space',
      space ? (
        <>
          <Bytes value={space.used} /> used, <Bytes value={space.free} /> free
          {space.total !== null && (
            <>
              {' '}
              of <Bytes value={space.total} />
            </>
          )}
        </>
      ) : (
        'The storage does not say'
      ),
    ],
    [
      'Hashes',
      features.hashes.length > 0 ? features.hashes.join(', ') : 'None: files are compared by size and time',
    ],
    [
      'Copies by itself',
      features.serverSideCopy ? 'Yes: a copy inside it moves no byte through the agent' : 'No',
    ],
    [
      'Renames',
      features.serverSideMove
        ? features.folderMove
          ? 'Files and whole folders'
          : 'Files; a folder file by file'
        : 'By copying',
    ],
    ['Times of files', precision(features.timePrecisionMs)],
    ['Empty folders', features.emptyFolders ? 'Kept' : 'Not kept'],
    ...(features.caseInsensitive ? ([['Names', 'A and a are the same name']] as [string, ReactNode][]) : []),
  ]
  return (
    <KeyValues>
      {rows.map(([label, value]) => (
        <KeyValue key={label} label={label}>
          {value}
        </KeyValue>
      ))}
    </KeyValues>
  )
}

function precision(ms: number | null): string {
  if (ms === null) return 'Not kept'
  if (ms < 0.001) return 'Kept to the nanosecond'
  return ms < 1000 ? `Kept to ${ms} ms` : `Kept to ${ms / 1000} s`
}
