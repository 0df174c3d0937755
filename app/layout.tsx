import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { ThemeProvider } from './_components/frame/theme-provider.tsx'
import { ToasterHost } from './_components/toaster-host.tsx'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'File Orbit', template: '%s · File Orbit' },
  description: 'Moves files between machines and clouds, and accounts for every one.',
  icons: {
    icon: [
      { url: '/favicon.ico', sizes: '32x32' },
      { url: '/icon.svg', type: 'image/svg+xml' },
    ],
  },
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfbfa' },
    { media: '(prefers-color-scheme: dark)', color: '#121213' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? ''
  return (
    // next-themes writes the theme's class here before React wakes; that one difference is expected.
    <html lang="en" suppressHydrationWarning>
      <body>
        <ThemeProvider nonce={nonce}>
          {children}
          <ToasterHost />
        </ThemeProvider>
      </body>
    </html>
  )
}
