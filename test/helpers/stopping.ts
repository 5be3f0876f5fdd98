import { replaceFile } from '../../src/cli/replace.ts'

// Adds a line to a file, and stops itself once right before: it goes on when it is told to, by SIGCONT.

const [file = '', line = ''] = process.argv.slice(2)
let isStopped = false
await replaceFile(file, {
  change(before) {
    if (!isStopped) {
      isStopped = true
      process.stdout.write(`stops ${process.pid}\n`)
      process.kill(process.pid, 'SIGSTOP')
    }
    return `${before ?? ''}${line}\n`
  },
})
