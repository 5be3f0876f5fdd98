let isOpen = false

/** Writes to the output. Whoever reads it may have read enough; anything else that keeps it from being written is a failure. */
export function write(text: string): void {
  if (!isOpen) process.stdout.on('error', end)
  isOpen = true
  process.stdout.write(text)
}

function end(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`The output cannot be written (${error.code ?? 'UNKNOWN'})\n`)
  process.exit(1)
}
