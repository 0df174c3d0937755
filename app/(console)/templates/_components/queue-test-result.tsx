import { formatCount, formatDuration } from '#app/_components/format.ts'
import { KeyValue, KeyValues } from '#app/_components/key-values.tsx'
import { TestStages } from '#app/(console)/endpoints/_components/test-stages.tsx'
import type { QueueFacts, QueueTest } from '#lib/s3-events/queue-test-schema.ts'

/** The stages of a queue's test, and what the queue says of itself. */
export function QueueTestResult({ result, isStale }: { result: QueueTest; isStale: boolean }) {
  return (
    <div className="grid gap-3">
      <TestStages result={result} isStale={isStale} />
      {result.facts && <Facts facts={result.facts} />}
    </div>
  )
}

const count = (value: number | null) => (value === null ? 'not told' : formatCount(value))
const time = (value: number | null) => (value === null ? 'not told' : formatDuration(value))

function Facts({ facts }: { facts: QueueFacts }) {
  const { deadLetter } = facts
  return (
    <div className="rounded-lg border bg-card shadow-lift">
      <KeyValues>
        <KeyValue label="Messages waiting">{count(facts.waiting)}</KeyValue>
        <KeyValue label="Received, not deleted yet">{count(facts.inFlight)}</KeyValue>
        <KeyValue label="Delayed">{count(facts.delayed)}</KeyValue>
        <KeyValue label="Kept for">{time(facts.retentionSeconds)}</KeyValue>
        <KeyValue label="Hidden while it is read for">{time(facts.visibilitySeconds)}</KeyValue>
        <KeyValue label="Dead-letter queue">
          {deadLetter ? (
            <>
              <span className="break-all">{deadLetter.arn}</span>
              {deadLetter.maxReceives !== null && `, after ${formatCount(deadLetter.maxReceives)} receptions`}
            </>
          ) : (
            'None of its own; what cannot be read goes to the ledger as dead'
          )}
        </KeyValue>
      </KeyValues>
    </div>
  )
}
