/** How many random inputs a property is held to: these few, or four times as many with HOOKQL_TEST_ALL. */
export const toRuns = (few: number): number => (process.env['HOOKQL_TEST_ALL'] === undefined ? few : 4 * few)
