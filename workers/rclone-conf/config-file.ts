import { readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isInside } from '#lib/endpoints/inside-roots.ts'
import { InvalidError } from '#lib/errors.ts'

/** Which files of this machine may be imported. */
export type ConfigFiles = { folder: string | undefined; config: string | undefined }

const LARGEST = 400_000

/**
 * The text of an rclone.conf on this machine: by a name below the folder of secrets, or by the whole path of the one
 * file that the agent's settings name. Throws InvalidError at `agentFile`; what the file holds is never in it.
 */
export async function readConfigFile({ folder, config }: ConfigFiles, name: string): Promise<string> {
  const path = isAbsolute(name) ? namedFile(config, name) : await belowFolder(folder, name)
  try {
    const found = await stat(path)
    if (!found.isFile()) throw refused(`${name} is no file.`)
    if (found.size > LARGEST) throw refused(`${name} is too large to be an rclone.conf.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof InvalidError) throw error
    throw refused(`The agent cannot read ${name} (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function namedFile(config: string | undefined, name: string): string {
  if (config && name === config) return config
  throw refused(
    config
      ? `Of files by their whole path only ${config} may be imported.`
      : 'No file may be imported by its whole path: the agent’s FILE_ORBIT_RCLONE_CONFIG is not set. Paste its text, or put it into the folder of FILE_ORBIT_SECRET_FILES.',
  )
}

async function belowFolder(folder: string | undefined, name: string): Promise<string> {
  if (!folder) {
    throw refused(
      'The agent allows no folder of secrets. Set FILE_ORBIT_SECRET_FILES to one, or paste the text.',
    )
  }
  const missing = () => refused(`The folder of secrets holds no file ${name}.`)
  const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]).catch(() => {
    throw missing()
  })
  if (!isInside(path, [root]) || path === root) throw missing()
  return path
}

function refused(message: string): InvalidError {
  return InvalidError.at('agentFile', message)
}
