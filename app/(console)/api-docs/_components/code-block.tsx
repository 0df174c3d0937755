import { CopyButton } from '#app/_components/copy-button.tsx'

/** More lines than these scroll. */
const MOST_LINES = 24

/** A text to read and take along; a field, so that it scrolls and is reached by keyboard. */
export function CodeBlock({ text, what, label }: { text: string; what: string; label: string }) {
  return (
    <div className="flex items-start gap-2 rounded-md border bg-card p-2.5">
      <textarea
        readOnly
        aria-label={label}
        spellCheck={false}
        rows={Math.min(text.split('\n').length, MOST_LINES)}
        className="field-sizing-content max-h-96 min-w-0 flex-1 resize-none bg-transparent font-mono text-sm break-all whitespace-pre-wrap"
        value={text}
      />
      <CopyButton value={text} what={what} />
    </div>
  )
}
