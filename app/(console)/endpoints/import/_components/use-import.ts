'use client'

import { useRef, useState, useTransition } from 'react'
import type { Endpoint } from '#lib/endpoints/schema.ts'
import type { FieldIssue } from '#lib/errors.ts'
import type { ImportChoice, ImportItem } from '#lib/rclone-conf/schema.ts'
import { importConf } from '../actions.ts'

/** Where the configuration comes from, as a person filled it in. */
export type Source = { text: string; agentFile: string; password: string }
export type Choice = Partial<ImportChoice>

/** The steps of an import: what would become of each remote is asked anew after each choice. */
export function useImport() {
  const [source, setSource] = useState<Source>({ text: '', agentFile: '', password: '' })
  const [choices, setChoices] = useState<Record<string, Choice>>({})
  const [items, setItems] = useState<ImportItem[] | null>(null)
  const [made, setMade] = useState<Endpoint[] | null>(null)
  const [refusal, setRefusal] = useState<{ message: string; issues: FieldIssue[] } | null>(null)
  const [looking, startLook] = useTransition()
  const [importing, startImport] = useTransition()
  const asked = useRef(0)

  const inputOf = (chosen: Record<string, Choice>) => ({
    ...(source.text === '' ? { agentFile: source.agentFile } : { text: source.text }),
    ...(source.password !== '' && { password: source.password }),
    choices: chosen,
  })
  const look = (chosen: Record<string, Choice>) =>
    startLook(async () => {
      asked.current += 1
      const mine = asked.current
      const done = await importConf({ ...inputOf(chosen), dryRun: true })
      // A later choice is being asked about already.
      if (mine !== asked.current) return
      setRefusal(done.ok ? null : done)
      if (done.ok) setItems(done.value.remotes)
    })

  return {
    ...{ source, choices, items, made, refusal, looking, importing },
    change(more: Partial<Source>) {
      setSource({ ...source, ...more })
      setRefusal(null)
    },
    look: () => look(choices),
    /** Keeps what was chosen for a remote; `ask` what becomes of it then. */
    choose(remote: string, more: Choice, { ask }: { ask: boolean }) {
      const chosen = { ...choices, [remote]: { ...choices[remote], ...more } }
      setChoices(chosen)
      if (ask) look(chosen)
    },
    back() {
      setItems(null)
      setChoices({})
      setRefusal(null)
    },
    run: () =>
      startImport(async () => {
        const done = await importConf(inputOf(choices))
        setRefusal(done.ok ? null : done)
        if (!done.ok) return look(choices)
        // Not needed any more, so not kept in the page.
        setSource({ text: '', agentFile: '', password: '' })
        setMade(done.value.endpoints)
      }),
  }
}

export type Import = ReturnType<typeof useImport>
