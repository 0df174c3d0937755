import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Native or dynamic requires that a bundler would break; Node loads them as they are.
  serverExternalPackages: ['@node-rs/argon2', 'pg-boss', 'postgres', 'pino'],
}

export default config
