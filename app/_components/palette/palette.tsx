'use client'

import { Command } from 'cmdk'
import {
  ArrowLeftRight,
  ArrowRight,
  Copy,
  Inbox,
  Keyboard,
  LogOut,
  Moon,
  Plus,
  Search,
  Sun,
  TriangleAlert,
} from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useFrame } from '../frame/frame-context.tsx'
import { mayStart } from '../frame/may-start.ts'
import { newTransferHref, places } from '../frame/places.ts'
import { KindIcon } from '../kind-icon.tsx'
import { PathText } from '../path-text.tsx'
import { RelativeTime } from '../relative-time.tsx'
import { StateBadge } from '../state-badge.tsx'
import { Dialog, DialogContent, DialogTitle } from '../ui/dialog.tsx'
import { useFound } from './use-found.ts'

const group =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint'

/** Places, commands, endpoints and jobs behind one field; arrows and Enter are all it needs. */
export function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const router = useRouter()
  const { person, signOut } = useFrame()
  const { resolvedTheme, setTheme } = useTheme()
  const [words, setWords] = useState('')
  const [chosen, setChosen] = useState('')
  const moved = useRef(false)
  const { jobs, endpoints, templates, searching, failed } = useFound(words)
  const go = (href: string) => () => {
    onClose()
    router.push(href)
  }
  const typed = words.trim()
  // cmdk finds its own entries by their words; what the server found is taken as found.
  const fits = (label: string) => label.toLowerCase().includes(typed.toLowerCase())
  const reached = places.filter((place) => (!place.owners || person.role === 'owner') && fits(place.label))
  const dark = resolvedTheme === 'dark'
  const commands = [
    mayStart(person) && { label: 'New transfer', icon: <Plus />, run: go(newTransferHref) },
    mayStart(person) && { label: 'New template', icon: <Plus />, run: go('/templates/new') },
    mayStart(person) && { label: 'Add an endpoint', icon: <Plus />, run: go('/endpoints/new') },
    { label: 'Failed jobs', icon: <ArrowLeftRight />, run: go('/jobs?state=failed') },
    { label: 'Failed events', icon: <Inbox />, run: go('/events?state=failed') },
    {
      label: dark ? 'Light theme' : 'Dark theme',
      icon: dark ? <Sun /> : <Moon />,
      run: () => {
        setTheme(dark ? 'light' : 'dark')
        onClose()
      },
    },
    { label: 'Keys', icon: <Keyboard />, run: onKeys },
    { label: 'Sign out', icon: <LogOut />, run: () => void signOut() },
  ].filter((one) => one !== false)
  const runnable = commands.filter((one) => fits(one.label))
  const first =
    reached[0]?.href ??
    runnable.map(({ label }) => `command ${label}`)[0] ??
    endpoints[0]?.id ??
    templates[0]?.id ??
    jobs[0]?.id ??
    'search'
  // What the server found comes above what stood there: Enter takes the first, unless somebody has chosen.
  useEffect(() => {
    if (!moved.current) setChosen(first)
  }, [first])
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        aria-describedby={undefined}
        className="sm:top-[14vh] sm:max-w-xl sm:translate-y-0 [&>button]:hidden"
      >
        <DialogTitle className="sr-only">Search or run a command</DialogTitle>
        <Command
          shouldFilter={false}
          loop
          label="Search or run a command"
          value={chosen}
          onValueChange={setChosen}
          onKeyDown={(event) => {
            if (event.key.startsWith('Arrow')) moved.current = true
          }}
          className="flex min-h-0 flex-col"
        >
          <div className="flex items-center gap-2.5 border-b px-3.5">
            <Search aria-hidden className="size-4 shrink-0 text-faint" />
            <Command.Input
              value={words}
              onValueChange={(text) => {
                moved.current = false
                setWords(text)
              }}
              placeholder="Search jobs, templates and endpoints, or run a command"
              className="h-11 w-full min-w-0 bg-transparent outline-none placeholder:text-faint"
            />
          </div>
          {failed && (
            <p role="status" className="flex items-center gap-2 border-b px-3.5 py-2 text-warn">
              <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
              The server did not answer, so endpoints, templates and jobs are missing here.
            </p>
          )}
          <Command.List className="h-80 overflow-y-auto p-1.5" aria-busy={searching}>
            <Command.Empty className="px-2 py-6 text-center text-muted-foreground">
              {searching ? 'Searching…' : 'Nothing of that name.'}
            </Command.Empty>
            {reached.length > 0 && (
              <Command.Group heading="Go to" className={group}>
                {reached.map(({ href, label, icon: Icon }) => (
                  <Entry key={href} value={href} icon={<Icon />} onSelect={go(href)}>
                    {label}
                  </Entry>
                ))}
              </Command.Group>
            )}
            {runnable.length > 0 && (
              <Command.Group heading="Commands" className={group}>
                {runnable.map(({ label, icon, run }) => (
                  <Entry key={label} value={`command ${label}`} icon={icon} onSelect={run}>
                    {label}
                  </Entry>
                ))}
              </Command.Group>
            )}
            {endpoints.length > 0 && (
              <Command.Group heading="Endpoints" className={group}>
                {endpoints.map((endpoint) => (
                  <Entry
                    key={endpoint.id}
                    value={endpoint.id}
                    icon={<KindIcon type={endpoint.type} />}
                    onSelect={go(`/endpoints/${endpoint.id}`)}
                  >
                    <span className="shrink-0">{endpoint.name}</span>
                    <PathText path={endpoint.path} className="text-faint" />
                  </Entry>
                ))}
              </Command.Group>
            )}
            {templates.length > 0 && (
              <Command.Group heading="Templates" className={group}>
                {templates.map((template) => (
                  <Entry
                    key={template.id}
                    value={template.id}
                    icon={<Copy />}
                    onSelect={go(`/templates/${template.id}`)}
                  >
                    <span className="truncate">{template.name}</span>
                    {!template.enabled && <span className="ml-auto shrink-0 text-faint">off</span>}
                  </Entry>
                ))}
              </Command.Group>
            )}
            {jobs.length > 0 && (
              <Command.Group heading="Jobs" className={group}>
                {jobs.map((job) => (
                  <Entry
                    key={job.id}
                    value={job.id}
                    icon={<ArrowLeftRight />}
                    onSelect={go(`/jobs/${job.id}`)}
                  >
                    <PathText path={job.source.path} />
                    <ArrowRight aria-label="to" className="size-3!" />
                    <PathText path={job.destination.path} />
                    <span className="ml-auto flex shrink-0 items-center gap-3">
                      <RelativeTime at={job.createdAt} className="text-faint max-sm:hidden" />
                      <StateBadge state={job.state} />
                    </span>
                  </Entry>
                ))}
              </Command.Group>
            )}
            {typed !== '' && (
              <Command.Group heading="Search" className={group}>
                <Entry value="search" icon={<Search />} onSelect={go(`/jobs?q=${encodeURIComponent(typed)}`)}>
                  All jobs with “{typed}”
                </Entry>
              </Command.Group>
            )}
          </Command.List>
        </Command>
      </DialogContent>
    </Dialog>
  )
}

function Entry({
  value,
  icon,
  onSelect,
  children,
}: {
  value: string
  icon: ReactNode
  onSelect: () => void
  children: ReactNode
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-8 min-w-0 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-muted pointer-coarse:h-11 [&>svg]:size-3.5 [&>svg]:shrink-0 [&>svg]:text-faint"
    >
      {icon}
      {children}
    </Command.Item>
  )
}
