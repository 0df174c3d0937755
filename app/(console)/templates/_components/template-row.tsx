import Link from 'next/link'
import { cn } from '#app/_components/cn.ts'
import { RelativeTime } from '#app/_components/relative-time.tsx'
import { StateBadge } from '#app/_components/state-badge.tsx'
import { JobSides } from '#app/(console)/jobs/_components/job-sides.tsx'
import type { TemplateView } from '#lib/templates/views.ts'
import { EnabledSwitch } from './enabled-switch.tsx'
import { HealthMark } from './health-mark.tsx'

/** One template: what it does, what starts it, how it went and when it goes next. */
export function TemplateRow({ view, mayChange }: { view: TemplateView; mayChange: boolean }) {
  const { template, runs, words } = view
  const started = template.triggers.map(({ id }) => words[id])
  const unwell = template.triggers
    .flatMap((trigger) => [trigger.health, trigger.type === 's3' ? (trigger.listing ?? null) : null])
    .find((health) => health && health.state !== 'ok')
  return (
    <li className="relative hover:bg-muted/60 has-[a:focus-visible]:bg-muted/60">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-3.5 py-2.5 md:h-15 md:grid-cols-[40px_minmax(0,1.5fr)_minmax(0,1fr)_176px_76px] md:py-0">
        <div className="flex items-center max-md:col-start-2 max-md:row-start-1 max-md:justify-end">
          {mayChange ? (
            <EnabledSwitch id={template.id} name={template.name} enabled={template.enabled} />
          ) : (
            <span className="text-sm text-muted-foreground">{template.enabled ? 'On' : 'Off'}</span>
          )}
        </div>
        <div className="min-w-0 max-md:row-start-1">
          <Link
            data-row
            href={`/templates/${template.id}`}
            prefetch={false}
            className={cn(
              'block truncate font-medium outline-none after:absolute after:inset-0',
              !template.enabled && 'text-muted-foreground',
            )}
          >
            {template.name}
          </Link>
          <span className="flex min-w-0 items-center gap-1.5 text-sm text-muted-foreground [&>span]:overflow-hidden">
            <JobSides view={view} />
          </span>
        </div>
        <div className="min-w-0 text-sm text-muted-foreground max-md:col-span-2">
          <p className="truncate" title={started.join('; ')}>
            {started.length > 0 ? started.join('; ') : 'By hand only'}
          </p>
          {unwell ? (
            <HealthMark health={unwell} />
          ) : (
            view.nextDueAt && (
              <p className="truncate text-faint">
                next <RelativeTime at={view.nextDueAt} />
              </p>
            )
          )}
        </div>
        <div className="min-w-0 text-sm max-md:row-start-3">
          {runs.running > 0 ? (
            <StateBadge state="running" />
          ) : runs.last ? (
            <p className="truncate">
              <StateBadge state={runs.last.state} />{' '}
              <RelativeTime at={runs.last.finishedAt} className="text-faint" />
            </p>
          ) : (
            <span className="text-faint">never ran</span>
          )}
          {runs.last && runs.last.state !== 'completed' && (
            <p className="truncate text-xs text-faint">
              {runs.success ? (
                <>
                  last success <RelativeTime at={runs.success.finishedAt} />
                </>
              ) : (
                'never succeeded'
              )}
            </p>
          )}
        </div>
        <p className="text-right text-sm text-muted-foreground max-md:col-start-2 max-md:row-start-3">
          <SuccessRate {...runs} />
        </p>
      </div>
    </li>
  )
}

/** "18 of 20": a share of few says more as two numbers. */
export function SuccessRate({ ended, completed }: { ended: number; completed: number }) {
  if (ended === 0) return null
  return (
    <span
      title={`${completed} of the last ${ended} runs completed`}
      className={cn(completed < ended && (completed * 2 < ended ? 'text-fail' : 'text-warn'))}
    >
      {completed} of {ended}
    </span>
  )
}
