import { unwatchFile, watchFile } from 'node:fs'

/** How often files are checked. */
const watchMs = 1_000

/** Returns a function that watches exactly these files from then on. */
export function createWatch(onChange: () => void): (files: readonly string[]) => void {
  let watched: readonly string[] = []
  // Files already watched stay watched: they may have changed since the last check.
  return (files) => {
    for (const file of watched) if (!files.includes(file)) unwatchFile(file, onChange)
    for (const file of files) if (!watched.includes(file)) watchFile(file, { interval: watchMs }, onChange).unref()
    watched = files
  }
}
