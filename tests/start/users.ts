import { run } from '#workers/run.ts'

export const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65_534, gid: 65_534 }

/** A user without rights who can run this clone's files; undefined where only we can, or are one already. */
export const plainUser =
  isRoot && (await run('test', ['-r', import.meta.filename], { user: NOBODY, cwd: '/' })).status === 0
    ? NOBODY
    : undefined
