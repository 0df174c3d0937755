import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Later } from '../later.ts'

const HTML = '<html><body>Hello</body></html>'

/** What listens where a storage was meant to. */
const manners = {
  /** Takes connections and says nothing, ever. */
  silent: () => {},
  /** Hangs up at the first word, or when none comes. Not before: a client that is just sending says another thing then. */
  closing: (socket: Socket) =>
    socket
      .once('data', () => socket.end())
      .setTimeout(200, () => socket.end())
      .resume(),
  /** A web site that answers everything with a page. */
  web: (socket: Socket) =>
    socket
      .resume()
      .once('data', () =>
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${HTML.length}\r\n\r\n${HTML}`,
        ),
      ),
}

/** The port of one. */
export async function startStranger(later: Later, manner: keyof typeof manners): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    manners[manner](socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
