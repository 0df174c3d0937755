import type { Actor } from '#lib/context.ts'
import type { TriggerSettings } from '#lib/triggers/schema.ts'

/** Settings as an actor is shown them. Who knows a ping URL can say that all is well: viewers see its host alone. */
export function hidePing<S extends TriggerSettings>(actor: Actor, settings: S): S {
  const mayChange = !('role' in actor) || actor.role !== 'viewer'
  if (mayChange || settings.type !== 'schedule' || settings.pingUrl === undefined) return settings
  return {
    ...settings,
    pingUrl: `${new URL(settings.pingUrl).protocol}//${new URL(settings.pingUrl).host}/…`,
  }
}
