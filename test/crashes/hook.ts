import { type Transferable, Worker } from 'node:worker_threads'
import type { Answer, Question } from '../../src/store/sqlite/thread.ts'

// Loaded into a process before the gateway: sends it a signal before or after the commit that CRASH_AT names.

const [commit = '', when = '', signal = ''] = (process.env['CRASH_AT'] ?? '').split(' ')

/** The entry's commits, by what they write; `kind` tells steps apart. */
function isWanted({ order }: Question): boolean {
  if (order.kind !== 'WRITE') return false
  return order.transactions.flat().some(({ sql, parameters }) => {
    if (commit === 'intent') return sql.startsWith('insert into "entries"')
    if (commit === 'outcome') return sql.startsWith('update "entries" set "state"')
    return (
      sql.startsWith('update "entries" set "steps"') &&
      parameters.some((each) => typeof each === 'string' && each.includes(`"kind":"${commit}"`))
    )
  })
}

function strike(): void {
  process.kill(process.pid, signal)
  // Nothing else runs until this signal arrives.
  if (signal === 'SIGKILL') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const { postMessage } = Worker.prototype
Worker.prototype.postMessage = function (this: Worker, question: Question, transferred: readonly Transferable[] = []) {
  const isHere = isWanted(question)
  if (isHere && when === 'before') strike()
  if (isHere && when === 'after') {
    this.prependListener('message', (answer: Answer) => {
      if (answer.id === question.id) strike()
    })
  }
  postMessage.call(this, question, transferred)
}
