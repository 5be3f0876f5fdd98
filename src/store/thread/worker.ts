import { parentPort } from 'node:worker_threads'
import { StoreError } from '../error.ts'
import { openHere } from '../here.ts'
import type { Store } from '../store.ts'
import type { Answer, Call, Calls, Method, Question } from './calls.ts'
import { toSent } from './sent-error.ts'

// The thread of a store: its commits wait for the disk, and only this thread waits with them.

let store: Store | undefined

function call<Name extends Method>(calls: Calls, { method, values }: Call<Name>) {
  return calls[method](...values)
}

async function carryOut(asked: Question['asked']): Promise<unknown> {
  if ('method' in asked) {
    if (store === undefined) throw new StoreError('The store is not open.')
    return call(store, asked)
  }
  store = await openHere(asked)
  return undefined
}

async function answer({ id, asked }: Question): Promise<void> {
  const ended = await carryOut(asked).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: toSent(error) }),
  )
  parentPort?.postMessage({ id, isHealthy: store?.isHealthy() === true, ...ended } satisfies Answer)
}

parentPort?.on('message', (question: Question) => void answer(question))
