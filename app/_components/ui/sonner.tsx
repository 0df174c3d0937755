'use client'

import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'
import { useTheme } from 'next-themes'
import { useEffect } from 'react'
import { Toaster as Sonner } from 'sonner'
import { toasterIsThere } from '../toast.ts'

/** Short news about what was just done; whatever must be read later is said on the page. */
export function Toaster() {
  const { theme } = useTheme()
  // After its children's own effects: by then it hears what is said.
  useEffect(toasterIsThere, [])
  return (
    <Sonner
      theme={theme === 'light' || theme === 'dark' ? theme : 'system'}
      position="bottom-right"
      gap={8}
      offset={16}
      // Above the phone's bottom bar.
      mobileOffset={{ bottom: 'calc(64px + env(safe-area-inset-bottom))', left: 12, right: 12 }}
      icons={{
        success: <CircleCheck className="size-4 text-ok" />,
        error: <CircleAlert className="size-4 text-fail" />,
        warning: <TriangleAlert className="size-4 text-warn" />,
      }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-full items-start gap-2.5 rounded-lg bg-popover px-3.5 py-2.5 text-base text-popover-foreground shadow-float sm:w-[356px]',
          icon: 'mt-0.5 shrink-0',
          title: 'font-medium',
          description: 'text-muted-foreground',
          actionButton: 'ml-auto shrink-0 rounded-md border px-2 font-medium',
        },
      }}
    />
  )
}
