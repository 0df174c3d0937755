'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { AccountButton } from './account-button.tsx'

const load = () => import('./account-menu-list.tsx')

/** A menu and what places it weigh as much as a page: they come when they are first reached for. */
const AccountMenuList = dynamic(() => load().then((file) => file.AccountMenuList), {
  ssr: false,
  loading: () => <AccountButton aria-haspopup="menu" aria-busy />,
})

export function AccountMenu() {
  const [wanted, setWanted] = useState(false)
  if (wanted) return <AccountMenuList />
  return (
    <AccountButton
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onClick={() => setWanted(true)}
    />
  )
}
