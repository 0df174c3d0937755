/** The rest of rclone's help, for whoever asks; its own name of the option is what its documentation is searched by. */
export function MoreHelp({ name, text }: { name: string; text: string }) {
  if (text === '') return null
  return (
    <details className="text-sm text-muted-foreground">
      <summary className="w-fit cursor-pointer hover:text-foreground">More about {name}</summary>
      <p className="mt-1 max-w-[70ch] break-words whitespace-pre-line">{text}</p>
    </details>
  )
}
