'use client'

import dynamic from 'next/dynamic'

/** A dialog weighs as much as a page: it comes when it is asked. */
export const Question = dynamic(() => import('./question-dialog.tsx').then((file) => file.QuestionDialog), {
  ssr: false,
})
