/** Thrown by a command that cannot do what it is to do. One line each; no secrets. */
export class CommandError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Why something has failed, for the log. */
export function toReason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
