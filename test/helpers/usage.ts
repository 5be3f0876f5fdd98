/** Prints what a program takes, and ends it, where it is asked to. */
export function tellUsage(usage: string): void {
  if (!process.argv.includes('--help')) return
  process.stdout.write(`${usage}\n`)
  process.exit()
}
