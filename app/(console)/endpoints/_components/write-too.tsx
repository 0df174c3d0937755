import { useId } from 'react'

/** A test that only reads says nothing of the right to write. */
export function WriteToo({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const id = useId()
  return (
    <span className="flex items-center gap-1.5 text-muted-foreground pointer-coarse:min-h-11">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-primary"
      />
      <label htmlFor={id}>also write and delete a small file</label>
    </span>
  )
}
