import type { ReactNode } from 'react'
import { BrandMark } from '#app/_components/frame/brand.tsx'

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[380px] flex-col justify-center px-4 py-10">
      <div className="mb-6 flex items-center gap-2.5">
        <BrandMark className="size-6" />
        <span className="text-lg font-semibold">File Orbit</span>
      </div>
      {children}
    </main>
  )
}
