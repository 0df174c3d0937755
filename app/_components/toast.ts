/** What shows them is loaded with the first: `ready` is when it is there. */
let mounted: () => void = () => {}
const ready = new Promise<void>((resolve) => {
  mounted = resolve
})
let ask: () => void = () => {}

export function onFirstToast(handler: () => void): void {
  ask = handler
}

export function toasterIsThere(): void {
  mounted()
}

async function say(kind: 'success' | 'error', text: string): Promise<void> {
  ask()
  const [sonner] = await Promise.all([import('sonner'), ready])
  sonner.toast[kind](text)
}

/** A sentence in the corner that goes by itself: what was done, or why not. */
export const toast = {
  success: (text: string) => void say('success', text),
  error: (text: string) => void say('error', text),
}
