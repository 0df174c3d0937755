import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // A page's title comes with the page, not streamed after it: until then a screen reader names the page nothing.
  htmlLimitedBots: /.*/,
  // `npm run typecheck` checks everything, tests included; a start on a user's machine need not.
  typescript: { ignoreBuildErrors: true },
  async headers() {
    return [
      {
        source: '/:path*',
        headers: [
          { key: 'X-Content-Type-Options', value: 'nosniff' },
          { key: 'X-Frame-Options', value: 'DENY' },
          { key: 'Referrer-Policy', value: 'same-origin' },
        ],
      },
    ]
  },
  // Native or dynamic requires that a bundler would break; Node loads them as they are.
  serverExternalPackages: ['@node-rs/argon2', 'pg-boss', 'postgres', 'pino'],
}

export default config
