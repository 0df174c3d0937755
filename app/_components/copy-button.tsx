'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cn } from './cn.ts'
import { toast } from './toast.ts'
import { Button } from './ui/button.tsx'

/** Pages served over plain HTTP from another machine have no clipboard API; a hidden field still has the old way. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.style.position = 'fixed'
  field.style.opacity = '0'
  document.body.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  return copied
}

async function copy(text: string): Promise<boolean> {
  if (!navigator.clipboard) return copyBySelection(text)
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  )
}

export type CopyButtonProps = {
  value: string
  /** What is copied: "path", "link". */
  what: string
  /** Say it beside the icon. */
  withLabel?: boolean
  className?: string
}

/** Copies `value` exactly; says so by the icon and to screen readers. */
export function CopyButton({ value, what, withLabel = false, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  const act = async () => {
    if (await copy(value)) setCopied(true)
    else toast.error(`The browser did not let the ${what} be copied. Select it and copy it by hand.`)
  }
  const label = `Copy ${what}`
  return (
    <Button
      variant={withLabel ? 'outline' : 'ghost'}
      size={withLabel ? 'default' : 'icon-sm'}
      onClick={act}
      aria-label={withLabel ? undefined : label}
      title={withLabel ? undefined : label}
      className={cn(copied && 'text-ok', className)}
    >
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      {withLabel && label}
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </Button>
  )
}
