'use client'

import { LockKeyhole } from 'lucide-react'
import Link from 'next/link'
import { useFrame } from './frame/frame-context.tsx'
import { Button } from './ui/button.tsx'

/** In place of a page that the person's role does not open. */
export function NoPermission({ needs }: { needs: 'owner' | 'operator' }) {
  const { person } = useFrame()
  return (
    <div className="flex flex-col items-center rounded-lg border bg-card px-6 py-12 text-center shadow-lift">
      <LockKeyhole aria-hidden className="size-6 text-faint" strokeWidth={1.8} />
      <h1 className="mt-3 text-lg font-semibold">This page needs an {needs}</h1>
      <p className="mt-1 max-w-[52ch] text-balance text-muted-foreground">
        You are signed in as {person.role === 'viewer' ? 'a viewer' : 'an operator'}. An owner can change your
        role.
      </p>
      <Button asChild className="mt-4">
        <Link href="/overview">To the overview</Link>
      </Button>
    </div>
  )
}
