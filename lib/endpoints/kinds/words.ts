// Words that several kinds share.

export const SIGNED_IN = 'You sign in at the service; File Orbit keeps only the token, sealed.'

export const folder = {
  label: 'Folder',
  help: 'Empty for everything.',
  example: 'Projects/2026',
  required: false,
}

export const bucket = {
  label: 'Bucket and prefix',
  help: 'The bucket’s name first.',
  example: 'archive/2026',
  required: false,
}

/** Of a kind that lies over others. */
export const inside = { label: 'Folder', help: 'Below what it lies over.', example: '', required: false }
