import { InvalidError } from '#lib/errors.ts'
import { refuseOutsideRoots } from './inside-roots.ts'

/**
 * The root of an endpoint as it is kept. A local one is absolute and inside the agent's roots; any other is a path in
 * its storage, where a leading "/" means something for SFTP and FTP alone. Throws InvalidError at `path`.
 */
export function rootPathFor(type: string, path: string, roots: readonly string[] | null): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (type !== 'local') {
    const absolute = path.startsWith('/') && ['sftp', 'ftp', 'hdfs'].includes(type)
    return `${absolute ? '/' : ''}${parts.join('/')}`
  }
  if (!path.startsWith('/')) throw InvalidError.at('path', 'An absolute folder, such as /srv/media.')
  const folder = `/${parts.join('/')}`
  refuseOutsideRoots(folder, roots)
  return folder
}
