'use client'

import { Moon, Sun } from 'lucide-react'
import { useTheme } from 'next-themes'
import { Button } from '../ui/button.tsx'

/** One press to the other side. Both icons are rendered and CSS shows one: the server does not know the theme. */
export function ThemeToggle() {
  const { resolvedTheme, setTheme } = useTheme()
  return (
    <Button
      variant="ghost"
      size="icon"
      aria-label="Switch between light and dark"
      title="Switch between light and dark"
      onClick={() => setTheme(resolvedTheme === 'dark' ? 'light' : 'dark')}
      className="max-md:hidden"
    >
      <Sun aria-hidden className="size-4! stroke-[1.8]! dark:hidden" />
      <Moon aria-hidden className="hidden size-4! stroke-[1.8]! dark:block" />
    </Button>
  )
}
