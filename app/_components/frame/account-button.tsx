import { CircleUser } from 'lucide-react'
import { Button, type ButtonProps } from '../ui/button.tsx'

export function AccountButton(props: ButtonProps) {
  return (
    <Button variant="ghost" size="icon" aria-label="Account" title="Account" {...props}>
      <CircleUser aria-hidden className="size-4! stroke-[1.8]!" />
    </Button>
  )
}
