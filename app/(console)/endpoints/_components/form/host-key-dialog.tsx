'use client'

import { CopyButton } from '#app/_components/copy-button.tsx'
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogTitle,
} from '#app/_components/ui/alert-dialog.tsx'

/** A key that a server showed: `value` as host_keys takes it, `fingerprint` as ssh-keygen prints it. */
export type ShownHostKey = { value: string; fingerprint: string }

export type HostKeyDialogProps = {
  host: string
  shown: ShownHostKey
  /** Another key was accepted before. */
  changed?: boolean
  onAccept: () => void
  onClose: () => void
}

/** Asks a person whether this is the server that is meant; nothing of the account has been sent to it. */
export function HostKeyDialog({ host, shown, changed = false, onAccept, onClose }: HostKeyDialogProps) {
  const kind = /ed25519|ecdsa|rsa/.exec(shown.value)?.[0] ?? 'ed25519'
  const command = `ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub`
  return (
    <AlertDialog open onOpenChange={(open) => !open && onClose()}>
      <AlertDialogContent>
        <AlertDialogTitle>
          {changed ? `The host key of ${host} has changed` : `Is this the key of ${host}?`}
        </AlertDialogTitle>
        <AlertDialogDescription asChild>
          <div className="grid gap-3">
            {changed && (
              <p className="font-semibold text-fail">
                Unless somebody set the server up anew, another machine may be in between, and would be given
                the password. Ask who runs the server before you accept.
              </p>
            )}
            <p>
              The server shows this {kind.toUpperCase().replace('ED25519', 'Ed25519')} key. Nothing of the
              account was sent to it.
            </p>
            <Copyable what="fingerprint" text={shown.fingerprint} />
            <p>Compare it with what the server itself prints:</p>
            <Copyable what="command" text={command} />
          </div>
        </AlertDialogDescription>
        <AlertDialogFooter>
          <AlertDialogCancel>{changed ? 'Keep the old key' : 'It is not'}</AlertDialogCancel>
          <AlertDialogAction variant={changed ? 'destructive' : 'default'} onClick={onAccept}>
            {changed ? 'Accept the new key' : 'Accept this key'}
          </AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}

function Copyable({ what, text }: { what: string; text: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border bg-background p-2.5">
      <code className="min-w-0 flex-1 font-mono text-sm break-all text-foreground">{text}</code>
      <CopyButton value={text} what={what} />
    </div>
  )
}
