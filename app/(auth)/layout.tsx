import type { ReactNode } from 'react'
import { BrandMark } from '#app/_components/frame/brand.tsx'

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    // From above and not in the middle: what comes a moment later then moves nothing that is there.
    <main className="mx-auto flex min-h-dvh w-full max-w-[380px] flex-col px-4 pt-[max(2.5rem,18dvh)] pb-10">
      <div className="mb-6 flex items-center gap-2.5">
        <BrandMark className="size-6" />
        <span className="text-lg font-semibold">File Orbit</span>
      </div>
      {children}
    </main>
  )
}
