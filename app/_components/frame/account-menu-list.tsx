'use client'

import { CircleUser, Code, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import Link from 'next/link'
import { useTheme } from 'next-themes'
import { useTransition } from 'react'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '../ui/dropdown-menu.tsx'
import { AccountButton } from './account-button.tsx'
import { useFrame } from './frame-context.tsx'
import { HealthLine } from './health-line.tsx'
import { places } from './places.ts'

/** Who is signed in, the theme, and the way out; open as soon as it is there. */
export function AccountMenuList() {
  const { person, signOut } = useFrame()
  const { theme, setTheme } = useTheme()
  const [leaving, startLeaving] = useTransition()
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>
        <AccountButton />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" className="w-60">
        <DropdownMenuLabel>
          <p className="truncate text-base font-medium text-foreground" title={person.email}>
            {person.email}
          </p>
          <p>{person.role}</p>
          <HealthLine className="md:hidden" />
        </DropdownMenuLabel>
        <DropdownMenuSeparator />
        <DropdownMenuRadioGroup value={theme ?? 'system'} onValueChange={setTheme} aria-label="Theme">
          <DropdownMenuRadioItem value="light">
            <Sun aria-hidden /> Light
          </DropdownMenuRadioItem>
          <DropdownMenuRadioItem value="dark">
            <Moon aria-hidden /> Dark
          </DropdownMenuRadioItem>
          <DropdownMenuRadioItem value="system">
            <Monitor aria-hidden /> As the system
          </DropdownMenuRadioItem>
        </DropdownMenuRadioGroup>
        <DropdownMenuSeparator />
        <DropdownMenuItem asChild>
          <Link href="/account">
            <CircleUser aria-hidden /> Your account
          </Link>
        </DropdownMenuItem>
        <DropdownMenuItem asChild>
          <Link href="/api-docs">
            <Code aria-hidden /> API
          </Link>
        </DropdownMenuItem>
        {/* Where the sidebar is, they stand there; a phone's bar has no room for them. */}
        {person.role === 'owner' &&
          places
            .filter((place) => place.owners)
            .map(({ href, label, icon: Icon }) => (
              <DropdownMenuItem key={href} asChild>
                <Link href={href}>
                  <Icon aria-hidden /> {label}
                </Link>
              </DropdownMenuItem>
            ))}
        <DropdownMenuItem disabled={leaving} onSelect={() => startLeaving(signOut)}>
          <LogOut aria-hidden /> Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
