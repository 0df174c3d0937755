import { execFileSync } from 'node:child_process'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Takes a lock file, waiting while a living process holds it; returns what gives it back. For Node 20, which
 * has no lock that the kernel gives back: the file names its owner, and an owner that is gone is pushed aside.
 *
 * @param {string} path
 * @param {(owner: number) => void} onWait called once, when somebody else holds it
 * @returns {Promise<() => void>}
 */
export async function takeLock(path, onWait) {
  const mine = `${path}.${process.pid}`
  let waited = false
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }))
  try {
    for (;;) {
      try {
        // Unlike an open with O_EXCL, nobody can see a lock that does not name its owner yet.
        linkSync(mine, path)
        return () => rmSync(path, { force: true })
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const seen = read(path)
      if (seen === undefined) continue
      if (isHeld(seen)) {
        if (!waited) onWait(JSON.parse(seen).pid)
        waited = true
        await sleep(200)
      } else {
        pushAside(path, seen)
      }
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Somebody else may have done the same in between and hold the lock by now: then it is put back. */
function pushAside(path, seen) {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
    if (read(aside) !== seen) linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function isHeld(content) {
  try {
    const { pid, started } = JSON.parse(content)
    return startOf(pid) === started
  } catch {
    return false
  }
}

/** Tells a process from a later one with the same id; undefined when there is none. */
function startOf(pid) {
  if (process.platform === 'linux') {
    // Field 22, counted after the command's name, which may hold blanks and brackets.
    return read(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ')[19]
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
