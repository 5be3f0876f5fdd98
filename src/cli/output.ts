let isOpen = false
let isLost = false
let isChanging = false

/** From here on, the command changes something: that is done to its end, whatever becomes of the output. */
export function beginChange(): void {
  isChanging = true
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
  if (!isChanging) process.exit()
}
