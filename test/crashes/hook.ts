import { type Transferable, Worker } from 'node:worker_threads'
import type { Answer, Question } from '../../src/store/thread/calls.ts'

// Loaded into a process before the gateway: sends it a signal before or after the commit that CRASH_AT names.

const [commit = '', when = '', signal = ''] = (process.env['CRASH_AT'] ?? '').split(' ')

/** The entry's commits, by what they write; the kind of a step tells steps apart. */
function isWanted({ asked }: Question): boolean {
  if (!('method' in asked)) return false
  if (commit === 'intent') return asked.method === 'begin'
  if (commit === 'outcome') return asked.method === 'settle'
  const [, step] = asked.values
  return asked.method === 'note' && typeof step === 'object' && 'kind' in step && step.kind === commit
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
