/** GET, POST and the others, one width so that paths line up. */
export function Method({ method }: { method: string }) {
  return <span className="w-13 shrink-0 font-mono text-sm font-semibold text-muted-foreground">{method}</span>
}
