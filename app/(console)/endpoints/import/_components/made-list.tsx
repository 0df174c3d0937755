'use client'

import { CircleCheck, CircleX, LoaderCircle } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { KindIcon } from '#app/_components/kind-icon.tsx'
import { Notice } from '#app/_components/notice.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Card } from '#app/_components/ui/card.tsx'
import { testSaved } from '#app/(console)/endpoints/actions.ts'
import type { Endpoint } from '#lib/endpoints/schema.ts'

type Tested = { ok: boolean; message: string }

/** What was made. Each is tested, one after the other: the agent has other work too. */
export function MadeList({ endpoints }: { endpoints: Endpoint[] }) {
  const [tests, setTests] = useState<Record<string, Tested>>({})
  useEffect(() => {
    let gone = false
    const testAll = async () => {
      for (const { id } of endpoints) {
        if (gone) return
        const done = await testSaved(id)
        const last = done.ok ? done.value.stages.at(-1) : undefined
        const tested = done.ok
          ? { ok: done.value.ok, message: last?.message ?? '' }
          : { ok: false, message: done.message }
        setTests((before) => ({ ...before, [id]: tested }))
      }
    }
    void testAll()
    return () => {
      gone = true
    }
  }, [endpoints])
  const works = Object.values(tests).filter(({ ok }) => ok).length
  const isDone = Object.keys(tests).length === endpoints.length
  return (
    <div className="grid gap-4">
      <Notice
        tone={isDone && works < endpoints.length ? 'warn' : 'ok'}
        title={titleOf(endpoints.length)}
        live
      >
        {isDone ? `${works} of ${endpoints.length} work now.` : 'Each is being tested.'}
      </Notice>
      <Card className="overflow-hidden p-0">
        <ul aria-label="Imported endpoints" className="divide-y divide-hairline">
          {endpoints.map(({ id, name, type }) => (
            <li
              key={id}
              className="grid grid-cols-[auto_auto_minmax(0,1fr)] items-center gap-x-3 px-3.5 py-2"
            >
              <TestMark tested={tests[id]} />
              <KindIcon type={type} className="size-4" />
              <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
                <Link href={`/endpoints/${id}`} className="font-medium underline-offset-2 hover:underline">
                  {name}
                </Link>
                <span className="min-w-0 text-sm break-words text-muted-foreground">
                  {tests[id]?.message}
                </span>
              </div>
            </li>
          ))}
        </ul>
      </Card>
      <Button asChild className="w-fit">
        <Link href="/endpoints">To the endpoints</Link>
      </Button>
    </div>
  )
}

function titleOf(count: number): string {
  return count === 1 ? 'One endpoint was imported' : `${count} endpoints were imported`
}

function TestMark({ tested }: { tested: Tested | undefined }) {
  if (!tested) return <LoaderCircle aria-label="waits" className="size-4 animate-spin text-faint" />
  return tested.ok ? (
    <CircleCheck aria-label="works" className="size-4 text-ok" />
  ) : (
    <CircleX aria-label="does not work" className="size-4 text-fail" />
  )
}
