/** What one of several processes may use of a limit: together no more than all of it, but each at least one, however many they are. */
export function toPortion(limit: number, processes: number): number {
  return Math.max(1, Math.floor(limit / processes))
}
