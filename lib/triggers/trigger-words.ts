import { sentenceOf } from '#lib/schedules/schedule-words.ts'
import type { TriggerSettings } from './schema.ts'

/** What starts a template, as a phrase: "At 02:30 (UTC)", "When a file is created or changed". */
export function triggerWords(trigger: TriggerSettings): string {
  switch (trigger.type) {
    case 'schedule':
      return sentenceOf(trigger)
    case 'watch':
      return `When a file is ${listed(trigger.kinds)}`
    case 's3':
      return `When an object is ${listed(trigger.kinds)}, by ${queueName(trigger.queueUrl)}`
  }
}

/** The last part of a queue's URL. */
export function queueName(url: string): string {
  return url.split('/').filter(Boolean).at(-1) ?? url
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
