'use client'

import { useFormStatus } from 'react-dom'
import { ServiceIcon } from '#app/_components/service-icon.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { signInWithService } from './actions.ts'

/** "or", and a button for each service that the settings turn on; nothing where there is none. */
export function ServiceButtons({ services, to }: { services: { id: string; name: string }[]; to: string }) {
  if (services.length === 0) return null
  return (
    <div className="grid gap-2">
      <p className="mt-4 mb-2 flex items-center gap-3 text-sm text-muted-foreground before:h-px before:flex-1 before:bg-border after:h-px after:flex-1 after:bg-border">
        or
      </p>
      {services.map(({ id, name }) => (
        <form key={id} action={signInWithService} className="grid">
          <input type="hidden" name="service" value={id} />
          <input type="hidden" name="to" value={to} />
          <ServiceButton id={id} name={name} />
        </form>
      ))}
    </div>
  )
}

function ServiceButton({ id, name }: { id: string; name: string }) {
  const { pending } = useFormStatus()
  return (
    <Button type="submit" size="lg" busy={pending} className="min-w-0">
      <ServiceIcon id={id} />
      <span className="truncate">Continue with {name}</span>
    </Button>
  )
}
