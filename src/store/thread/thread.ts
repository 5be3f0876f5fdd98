import { getCompileCacheDir } from 'node:module'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { readClock } from '../clock.ts'
import { checkMs, within } from '../deadline.ts'
import { StoreError } from '../error.ts'
import type { StoreOptions } from '../here.ts'
import type { Store } from '../store.ts'
import type { Answer, Arguments, Method, Question, Results } from './calls.ts'
import { fromSent } from './sent-error.ts'

/** A thread of its own, in which one store can be opened. `place` names the store in errors. */
export function startThread(place: string) {
  const cache = getCompileCacheDir()
  // Neither options nor environment of the process: what is loaded into it does not belong into this thread too.
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'store',
    execArgv: [],
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  let isHealthy = false
  let checking: Promise<void> | undefined
  let ended: StoreError | undefined

  worker.on('message', (answer: Answer) => {
    const found = waiting.get(answer.id)
    waiting.delete(answer.id)
    // Only unanswered questions keep the process running.
    if (waiting.size === 0) worker.unref()
    isHealthy = answer.isHealthy
    if ('result' in answer) found?.resolve(answer.result)
    else found?.reject(fromSent(answer.error))
  })
  const fail = (reason: string) => {
    ended ??= new StoreError(`${place}: the store failed: ${reason}`)
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  worker.on('error', (error: unknown) => fail(`its thread failed: ${error instanceof Error ? error.message : 'unknown error'}`))
  worker.on('exit', () => fail('its thread has ended; restart HookQL'))

  async function ask(asked: Question['asked']): Promise<unknown> {
    if (ended !== undefined) throw ended
    last += 1
    const answered = Promise.withResolvers<unknown>()
    worker.postMessage({ id: last, asked } satisfies Question)
    waiting.set(last, answered)
    worker.ref()
    return answered.promise
  }

  const call =
    <Name extends Method>(method: Name) =>
    async (...values: Arguments[Name]): Promise<Results[Name]> =>
      // The store in the thread has the same type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      (await ask({ method, values })) as Results[Name]

  return {
    open: async (options: StoreOptions): Promise<void> => void (await ask(options)),
    /** Calls are begun in the order in which they are made. */
    call,
    /** A thread that waits for its disk cannot notice how long: it counts as failed until it answers. */
    async check(mostMs = checkMs): Promise<void> {
      try {
        checking ??= call('check')().finally(() => (checking = undefined))
        await within(mostMs, checking, `${place}: it does not answer in time; check the disk`)
      } catch (error) {
        isHealthy = false
        throw error
      }
    },
    isOpen: () => ended === undefined,
    isHealthy: () => ended === undefined && isHealthy,
    async end(): Promise<void> {
      fail('it is closed')
      await worker.terminate()
    },
  }
}

/** Opens a store in a thread of its own, so that nobody else waits for its disk. Rejects with StoreError. */
export async function openInThread(options: StoreOptions, thread: ReturnType<typeof startThread>): Promise<Store> {
  const { call, check, isOpen, isHealthy, end } = thread
  let closing: Promise<void> | undefined
  try {
    await thread.open(options)
  } catch (error) {
    await end()
    throw error
  }
  return {
    isShared: false,
    begin: call('begin'),
    note: call('note'),
    settle: call('settle'),
    abandon: call('abandon'),
    readTurn: call('readTurn'),
    claim: call('claim'),
    release: call('release'),
    isSure: () => true,
    confirm: () => Promise.resolve(),
    find: call('find'),
    findByKey: call('findByKey'),
    listByKey: call('listByKey'),
    list: call('list'),
    findMade: call('findMade'),
    listRecent: call('listRecent'),
    readAgeMs: call('readAgeMs'),
    openSecret: call('openSecret'),
    eraseSigningSecret: call('eraseSigningSecret'),
    findSecretTimes: call('findSecretTimes'),
    wasSecretSetSince: call('wasSecretSetSince'),
    maintain: call('maintain'),
    check: () => check(options.checkMs),
    isHealthy,
    meetOthers: () => Promise.resolve(),
    readClock,
    countOwners: () => 1,
    close: () => (closing ??= close()),
  }

  async function close(): Promise<void> {
    try {
      if (isOpen()) await call('close')()
    } finally {
      await end()
    }
  }
}
