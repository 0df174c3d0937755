import type { z } from 'zod'
import type { askedPlaceSchema } from '#lib/agents/protocol.ts'

export type AskedPlace = z.infer<typeof askedPlaceSchema>
