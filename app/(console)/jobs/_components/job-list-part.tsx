'use client'

import dynamic from 'next/dynamic'

/** A list of jobs on a page that shows it in one of its tabs alone: a chunk of its own. */
export const JobListPart = dynamic(() => import('./job-list.tsx').then((file) => file.JobList))
