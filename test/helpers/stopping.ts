import { replaceFile } from '../../src/cli/replace.ts'

// Adds a line to a file, and stops itself right before: it goes on when it is told to, by SIGCONT.

const [file = '', line = ''] = process.argv.slice(2)
await replaceFile(file, {
  change(before) {
    process.stdout.write(`stops ${process.pid}\n`)
    process.kill(process.pid, 'SIGSTOP')
    return `${before ?? ''}${line}\n`
  },
})
