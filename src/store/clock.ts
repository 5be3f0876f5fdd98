/** The time of what is stored, in milliseconds since 1970: it outlives the process, and so do its times. */
export function readClock(): number {
  return Date.now()
}
