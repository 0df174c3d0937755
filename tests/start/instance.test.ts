import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { holdInstance } from '#bin/instance.ts'
import { checkPort, freePort } from '#bin/ports.ts'
import { temporaryFolder } from './folders.ts'

const HOLDER = fileURLToPath(new URL('fixtures/holder.ts', import.meta.url))

async function heldByAnother(dataDir: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [HOLDER, dataDir, '4711'], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}

test('a data folder in use is refused, naming who holds it', async () => {
  const dataDir = await temporaryFolder()
  const holder = await heldByAnother(dataDir)
  expect(() => holdInstance(dataDir, 3000)).toThrow(
    `The data folder ${dataDir} is in use by another File Orbit (process ${holder.pid}, port 4711)`,
  )
})

test('a killed holder leaves it free', async () => {
  const dataDir = await temporaryFolder()
  const holder = await heldByAnother(dataDir)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  holdInstance(dataDir, 3000).release()
  // And given back, it is free again.
  holdInstance(dataDir, 3000).release()
})

describe('the port of the pages', () => {
  test('in use is refused with what to do', async () => {
    const port = await freePort()
    await checkPort('127.0.0.1', port)
    await listen('127.0.0.1', port)
    await expect(checkPort('127.0.0.1', port)).rejects.toThrow(`Port ${port} is in use by another program`)
    await expect(checkPort('0.0.0.0', port)).rejects.toThrow(`Port ${port} is in use by another program`)
  })

  test('on an address of another machine is refused', async () => {
    await expect(checkPort('192.0.2.1', await freePort())).rejects.toThrow(
      'Set HOST to an address of this machine',
    )
  })
})

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer().listen(port, host)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return server
}
