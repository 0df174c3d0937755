const groups = [
  {
    title: 'Of the file',
    rows: [
      ['{filename}', 'a5.mov'],
      ['{name}', 'a5'],
      ['{ext}', 'mov'],
      ['{path}', 'its folder below the source'],
      ['{size}', 'in bytes'],
      ['{event.bucket}', 'what an S3 event tells'],
    ],
  },
  {
    title: 'Of the time',
    rows: [
      ['{year} {month} {day}', '2026 11 21'],
      ['{hour} {minute} {second}', '02 30 00'],
      ['{week}', '47'],
      ['{date:yyyy-MM-dd}', 'any format'],
      ['{timestamp}', 'seconds since 1970'],
      ['{run.date}', 'of the run, not the event'],
    ],
  },
  {
    title: 'Of the run',
    rows: [
      ['{template}', 'its name'],
      ['{job}', 'the id of its job'],
      ['{{ and }}', 'braces that are meant'],
    ],
  },
] as const

/** The variables of paths, with what each becomes. */
export function VariableHelp() {
  return (
    <details>
      <summary className="w-fit cursor-pointer text-muted-foreground hover:text-foreground">
        Variables in paths
      </summary>
      <div className="mt-3 grid gap-x-6 gap-y-3 sm:grid-cols-3">
        {groups.map(({ title, rows }) => (
          <div key={title} className="min-w-0">
            <p className="mb-1 font-medium">{title}</p>
            <dl className="grid gap-0.5 text-sm">
              {rows.map(([name, what]) => (
                <div key={name} className="flex flex-wrap gap-x-2">
                  <dt className="font-mono">{name}</dt>
                  <dd className="text-muted-foreground">{what}</dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
      <p className="mt-2 text-sm text-muted-foreground">
        Dates are those of the event, or of the run where a schedule or a person starts it, in the template’s
        time zone. A destination that names a file ({'{filename}'}, {'{name}'}) is the file itself; any other
        is a folder, under which the source’s folders are kept unless {'{path}'} places them.
      </p>
    </details>
  )
}
