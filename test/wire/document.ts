import type { StandInCall } from '../../src/sandbox/server.ts'

// A vendor's own description of its API, and what of it a provider has to keep to.

export interface Violation {
  /** Of the vendor's document; or the method and path, or root field, that it does not have. */
  readonly operation: string
  readonly problem: string
}

export interface Checked {
  /** Operations that succeeded. */
  readonly covered: readonly string[]
  readonly violations: readonly Violation[]
}

export interface Description {
  /** All that a provider could do. */
  readonly operations: readonly string[]
  /** What is wrong with a request and its response. */
  check(call: StandInCall): Checked
}

/** What is known to differ, and what no adapter does. */
export interface Exception {
  readonly provider: string
  readonly operation: string
  /** Omitted if the operation is not covered. */
  readonly problem?: RegExp
  readonly reason: string
}

export interface Report {
  readonly covered: readonly string[]
  readonly exceptions: readonly Exception[]
  /** Each is a failure: a violation, an operation without a request, or an exception that nothing needs. */
  readonly failures: readonly string[]
}

/** Checks requests with their responses. */
export function checkCalls(description: Description, calls: readonly StandInCall[], exceptions: readonly Exception[]): Report {
  const covered = new Set<string>()
  const problems = new Map<string, Violation>()
  for (const call of calls) {
    const checked = description.check(call)
    for (const operation of checked.covered) covered.add(operation)
    for (const violation of checked.violations) problems.set(`${violation.operation}: ${violation.problem}`, violation)
  }
  const known = (violation: Violation) => exceptions.find((exception) => excuses(exception, violation))
  const needed = new Set([...problems.values()].map(known))
  const spare = (operation: string) => exceptions.some((each) => each.problem === undefined && each.operation === operation)
  return {
    covered: description.operations.filter((operation) => covered.has(operation)),
    exceptions,
    failures: [
      ...[...problems].flatMap(([text, violation]) => (known(violation) === undefined ? [text] : [])),
      ...description.operations
        .filter((operation) => !covered.has(operation) && !spare(operation))
        .map((operation) => `${operation}: no request covers it`),
      ...exceptions
        .filter((each) => (each.problem === undefined ? covered.has(each.operation) : !needed.has(each)))
        .map(({ operation, reason }) => `${operation}: the exception is not needed any more: ${reason}`),
    ],
  }
}

function excuses({ operation, problem }: Exception, violation: Violation): boolean {
  return operation === violation.operation && problem?.test(violation.problem) === true
}
