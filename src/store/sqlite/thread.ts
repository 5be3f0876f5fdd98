import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Order, Problem, Reply } from './protocol.ts'
import { SqliteError } from './failure.ts'

export interface Question {
  readonly id: number
  readonly order: Order
}

export type Answer = { readonly id: number; readonly reply: Reply } | { readonly id: number; readonly problem: Problem }

export interface Port {
  /** Orders are carried out one after the other. Rejects with SqliteError. */
  ask(order: Order): Promise<Reply>
  isOpen(): boolean
  end(): Promise<void>
}

/** A thread of its own for a database. */
export function startThread(): Port {
  // Neither options nor environment of the process: what is loaded into it does not belong into this thread too.
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'store',
    execArgv: [],
    env: {},
  })
  const waiting = new Map<number, PromiseWithResolvers<Reply>>()
  let last = 0
  let ended: SqliteError | undefined

  worker.on('message', (answer: Answer) => {
    const found = waiting.get(answer.id)
    waiting.delete(answer.id)
    // Only unanswered questions keep the process running.
    if (waiting.size === 0) worker.unref()
    if ('reply' in answer) found?.resolve(answer.reply)
    else found?.reject(new SqliteError(answer.problem))
  })
  const fail = (message: string) => {
    ended ??= new SqliteError({ message, code: null, refused: false })
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  worker.on('error', (error: unknown) => fail(`its thread failed: ${error instanceof Error ? error.message : 'unknown error'}`))
  worker.on('exit', () => fail('its thread has ended; restart HookQL'))

  return {
    ask(order) {
      if (ended !== undefined) return Promise.reject(ended)
      last += 1
      const answered = Promise.withResolvers<Reply>()
      waiting.set(last, answered)
      worker.ref()
      worker.postMessage({ id: last, order } satisfies Question)
      return answered.promise
    },
    isOpen: () => ended === undefined,
    async end() {
      fail('it is closed')
      await worker.terminate()
    },
  }
}
