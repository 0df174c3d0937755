import type { ComponentProps } from 'react'
import { Select } from '#app/_components/ui/select.tsx'
import { roleSentences } from '#lib/users/roles.ts'

export function RoleSelect(props: ComponentProps<typeof Select>) {
  return (
    <Select {...props}>
      {Object.keys(roleSentences).map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </Select>
  )
}
