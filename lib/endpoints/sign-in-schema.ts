import { z } from 'zod'
import { givenSettings } from './schema.ts'

// Browser-safe. Signing in at a service (OAuth), as rclone's own questions and answers.

/** Sealed by the agent, meaningless to everybody else; it holds what was answered so far. */
export const signInState = z.string().max(65_536).meta({
  description:
    'As the step before answered it; opaque. Of a finished one, what an endpoint takes as `signIn`.',
})

export const signInSchema = z.strictObject({
  type: z.string().min(1).max(60).meta({ description: 'A type of `GET /backends` with `oauth`.' }),
  settings: givenSettings.default({}).meta({ description: 'For the first step: `client_id` and the like.' }),
  endpointId: z.uuid().optional().meta({
    description: 'For the first step: a saved endpoint of this type, whose settings are the beginning.',
  }),
  state: signInState.optional().meta({ description: 'For every step after the first.' }),
  answer: z
    .string()
    .max(32_768)
    .optional()
    .meta({ description: 'To the question of the step before; a default, where it has one, when left out.' }),
})

export const signInQuestionSchema = z.object({
  name: z.string(),
  help: z.string(),
  /** rclone's: string, bool, … */
  type: z.string(),
  default: z.string(),
  required: z.boolean(),
  exclusive: z.boolean().meta({ description: 'Only one of the choices is an answer.' }),
  secret: z.boolean(),
  choices: z.array(z.object({ value: z.string(), help: z.string() })),
  authorize: z
    .object({ type: z.string(), config: z.record(z.string(), z.string()) })
    .nullable()
    .meta({
      description:
        'Asked is what `rclone authorize "<type>" "<config>"` prints on a machine with a browser: config is this object, with the `client_secret` added if there is one, as JSON in base64url without padding.',
    }),
})
export type SignInQuestion = z.infer<typeof signInQuestionSchema>

export const signInStepSchema = z.object({
  state: z.string(),
  done: z.boolean(),
  question: signInQuestionSchema.nullable(),
  error: z
    .string()
    .nullable()
    .meta({ description: 'What was wrong with the last answer; it is asked again.' }),
  settings: z
    .record(z.string(), z.string())
    .meta({ description: 'When it is done: what was found out, such as the id of the drive. No secrets.' }),
})
export type SignInStep = z.infer<typeof signInStepSchema>
