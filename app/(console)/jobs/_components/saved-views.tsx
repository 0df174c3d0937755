'use client'

import { BookmarkPlus, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { toast } from '#app/_components/toast.ts'
import { Button } from '#app/_components/ui/button.tsx'
import { Chip, Chips } from '#app/_components/ui/chip.tsx'
import type { SavedView } from '#lib/views/schema.ts'
import { forgetView } from '../actions.ts'
import { type JobAddress, jobsAddress } from './jobs-address.ts'

const SaveDialog = dynamic(() => import('./save-view-dialog.tsx').then((file) => file.SaveViewDialog), {
  ssr: false,
})

/** The person's own views, and the way to keep the filters of now as one. */
export function SavedViews({ views, filters }: { views: SavedView[]; filters: JobAddress }) {
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const [forgetting, start] = useTransition()
  const here = jobsAddress(filters)
  const current = views.find((view) => jobsAddress(view.filters) === here)
  const filtered = Object.keys(filters).length > 0
  if (views.length === 0 && !filtered) return null
  const forget = (view: SavedView) =>
    start(async () => {
      const done = await forgetView(view.id)
      if (!done.ok) toast.error(done.message)
      else toast.success(`The view “${view.name}” was deleted`)
      router.refresh()
    })
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {views.length > 0 && (
        <Chips label="Saved views">
          {views.map((view) => (
            <Chip key={view.id} href={jobsAddress(view.filters)} current={view === current}>
              {view.name}
            </Chip>
          ))}
        </Chips>
      )}
      {current ? (
        <Button variant="ghost" busy={forgetting} onClick={() => forget(current)}>
          <X aria-hidden />
          Delete this view
        </Button>
      ) : (
        filtered && (
          <Button variant="ghost" onClick={() => setAsking(true)}>
            <BookmarkPlus aria-hidden />
            Save as a view
          </Button>
        )
      )}
      {asking && <SaveDialog filters={filters} onClose={() => setAsking(false)} />}
    </div>
  )
}
