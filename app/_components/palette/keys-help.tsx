'use client'

import { Dialog, DialogBody, DialogContent, DialogHeader, DialogTitle } from '../ui/dialog.tsx'

const keys: [string[], string][] = [
  [['Ctrl K', '/'], 'Search, or run a command'],
  [['j', 'k'], 'Down and up in a list'],
  [['Enter'], 'Open the row; again, go to the job'],
  [['Esc'], 'Close the row, choose none, leave the list'],
  [['x'], 'Choose the row'],
  [['Shift x'], 'Choose all from the last chosen to here'],
  [['?'], 'This list'],
]

/** What the keys do. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="sm:max-w-md" aria-describedby={undefined}>
        <DialogHeader>
          <DialogTitle>Keys</DialogTitle>
        </DialogHeader>
        <DialogBody>
          <dl className="divide-y divide-hairline">
            {keys.map(([names, what]) => (
              <div key={what} className="flex items-center justify-between gap-4 py-1.5">
                <dt className="order-2 flex gap-1">
                  {names.map((name) => (
                    <kbd key={name} className="rounded-sm border px-1.5 font-mono text-sm">
                      {name}
                    </kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </DialogBody>
      </DialogContent>
    </Dialog>
  )
}
