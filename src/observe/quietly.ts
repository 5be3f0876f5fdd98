const told = new Set<string>()

/**
 * Runs what only watches, writes down or counts: undefined where it throws, so that no failure of it takes an answer away; a
 * promise of it that rejects is one too. Without somebody to report to, the first failure of each kind is a warning of the
 * process; nothing that was thrown is in it.
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
