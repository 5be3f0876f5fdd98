const told = new Set<string>()

/**
 * Runs code that only observes, logs or counts. Returns undefined if it throws or its promise rejects, so that a failure never
 * affects a response. Without `report`, the first failure of each kind is a process warning, without the thrown value.
 */
export function quietly<T>(what: string, run: () => T, report?: (error: unknown) => void): T | undefined {
  const fail = (error: unknown) => {
    if (report !== undefined) quietly(`Error reporting for ${what}`, () => report(error))
    else if (!told.has(what)) {
      told.add(what)
      process.emitWarning(`${what} failed. Further failures are not reported. Responses are not affected.`, {
        code: 'HOOKQL_WATCH',
      })
    }
  }
  try {
    const result = run()
    if (result instanceof Promise) result.catch(fail)
    return result
  } catch (error) {
    fail(error)
    return undefined
  }
}
