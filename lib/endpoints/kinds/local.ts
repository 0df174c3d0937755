import type { Kind } from './kind.ts'

export const local: Kind = {
  type: 'local',
  group: 'shares',
  label: 'Folder',
  sentence: 'A folder of the machine that File Orbit runs on, or a share mounted there.',
  fields: [],
  path: {
    label: 'Folder',
    help: 'Inside the folders that are allowed.',
    example: '/srv/media',
    required: true,
  },
}
