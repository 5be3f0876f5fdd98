let isOpen = false
let isLost = false
let endsWithReader = false

/** The command goes on for as long as somebody reads its output. Any other is done to its end, and says by its exit code what it found. */
export function endWithReader(): void {
  endsWithReader = true
}

/** Writes to the output. Whoever reads it may have read enough; anything else that keeps it from being written is a failure. */
export function write(text: string): void {
  if (!isOpen) process.stdout.on('error', end)
  isOpen = true
  if (!isLost) process.stdout.write(text)
}

function end(error: NodeJS.ErrnoException): void {
  if (isLost) return
  isLost = true
  if (error.code !== 'EPIPE') {
    process.stderr.write(`The output cannot be written (${error.code ?? 'UNKNOWN'})\n`)
    process.once('exit', () => (process.exitCode = 1))
  }
  if (endsWithReader) process.exit()
}
