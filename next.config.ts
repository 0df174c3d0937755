import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // A page's title comes with the page, not streamed after it: until then a screen reader names the page nothing.
  htmlLimitedBots: /.*/,
  // `npm run typecheck` checks everything, tests included; a start on a user's machine need not.
  typescript: { ignoreBuildErrors: true },
  // Native or dynamic requires that a bundler would break; Node loads them as they are.
  serverExternalPackages: ['@node-rs/argon2', 'pg-boss', 'postgres', 'pino', 'rate-limiter-flexible'],
}

export default config
