'use client'

import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'
import { cn } from '../cn.ts'
import { useFrame } from './frame-context.tsx'
import type { Health } from './health.ts'

const looks: Record<Health['state'], { word: string; className: string; icon: typeof CircleCheck }> = {
  healthy: { word: 'healthy', className: 'text-ok', icon: CircleCheck },
  degraded: { word: 'degraded', className: 'text-warn', icon: TriangleAlert },
  away: { word: 'worker away', className: 'text-fail', icon: CircleAlert },
}

/** rclone's version and whether the worker answers, in one line. */
export function HealthLine({ className }: { className?: string }) {
  const { health } = useFrame()
  const look = looks[health.state]
  const Icon = look.icon
  return (
    <p className={cn('flex items-center gap-1.5', className)}>
      {health.rclone && <span>rclone {health.rclone}</span>}
      {health.rclone && <span aria-hidden>·</span>}
      <span className={cn('inline-flex items-center gap-1', look.className)}>
        <Icon aria-hidden className="size-3" strokeWidth={2.4} />
        {look.word}
      </span>
    </p>
  )
}
