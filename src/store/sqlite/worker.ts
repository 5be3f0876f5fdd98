import { parentPort } from 'node:worker_threads'
import type { Answer, Question } from './thread.ts'
import { createEngine, toProblem } from './engine.ts'

// The thread of the database: commits wait for the disk, and only this thread waits with them.

const carryOut = createEngine()

function answer({ id, order }: Question): Answer {
  try {
    return { id, reply: carryOut(order) }
  } catch (error) {
    return { id, problem: toProblem(error) }
  }
}

parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)))
