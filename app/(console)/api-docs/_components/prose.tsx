/** A sentence of the document, in which `names` stand between backticks. */
export function Prose({ text }: { text: string }) {
  let from = 0
  return text.split('`').map((part, at) => {
    const key = from
    from += part.length + 1
    if (at % 2 === 0) return part
    return (
      <code key={key} className="font-mono">
        {part}
      </code>
    )
  })
}
