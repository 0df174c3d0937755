import { cn } from '../cn.ts'

/** What lies above the page: menus, lists, popovers. */
export const floatLook = cn(
  'z-50 overflow-hidden rounded-lg bg-popover text-popover-foreground shadow-float',
  'data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-98 data-[state=open]:duration-100',
  'data-[state=closed]:animate-out data-[state=closed]:fade-out-0 data-[state=closed]:duration-75',
)

/** The veil behind a dialog. */
export const overlayLook = cn(
  'fixed inset-0 z-50 bg-overlay',
  'data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:duration-100',
  'data-[state=closed]:animate-out data-[state=closed]:fade-out-0 data-[state=closed]:duration-75',
)

/** A dialog's own box: in the middle, on a phone from the bottom edge, never higher than the window. */
export const dialogLook = cn(
  floatLook,
  'fixed inset-x-0 bottom-0 flex max-h-[92dvh] flex-col rounded-b-none pb-[env(safe-area-inset-bottom)]',
  'sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:max-h-[84dvh] sm:w-[calc(100%-2rem)]',
  'sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-lg sm:pb-0',
)
