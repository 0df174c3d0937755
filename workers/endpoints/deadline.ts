/** What is left of the time that a whole has for its parts. */
export class Deadline {
  readonly #at: number

  constructor(ms: number) {
    this.#at = performance.now() + ms
  }

  /** In ms; a moment at least, so that the last part can say that nothing is left. */
  get left(): number {
    return Math.max(250, Math.round(this.#at - performance.now()))
  }

  atMost(ms: number): number {
    return Math.min(ms, this.left)
  }
}
