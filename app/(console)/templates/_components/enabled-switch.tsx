'use client'

import { useRouter } from 'next/navigation'
import { useOptimistic, useTransition } from 'react'
import { toast } from '#app/_components/toast.ts'
import { Switch } from '#app/_components/ui/switch.tsx'
import { switchTemplate } from '../actions.ts'

export function EnabledSwitch({ id, name, enabled }: { id: string; name: string; enabled: boolean }) {
  const router = useRouter()
  const [shown, show] = useOptimistic(enabled)
  const [busy, start] = useTransition()
  const change = (to: boolean) =>
    start(async () => {
      show(to)
      const done = await switchTemplate(id, to)
      if (done.ok) router.refresh()
      else toast.error(done.message)
    })
  return (
    <Switch
      checked={shown}
      onCheckedChange={change}
      aria-label={`${name} is on`}
      aria-busy={busy}
      title={shown ? 'On: its triggers count' : 'Off: nothing starts it but a person'}
      // A finger needs more room than the eye.
      className="relative z-10 pointer-coarse:before:absolute pointer-coarse:before:-inset-3"
    />
  )
}
