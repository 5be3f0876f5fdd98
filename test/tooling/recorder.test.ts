import vm from 'node:vm'
import { compileFunction } from 'node:vm'
import { expect, it } from 'vitest'
import { verifik } from '../../src/providers/verifik/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { countSources, forget, listReceivedCode } from '../helpers/recorder.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// That the recorder, which holds what becomes code against what was received in every test, sees what it is to see.

/* oxlint-disable typescript/no-implied-eval */
const ways: readonly (readonly [string, (source: string) => unknown])[] = [
  ['new Function', (source) => new Function(source)],
  ['Function', (source) => Function(source)],
  ['the constructor of a function', (source) => (Reflect.get(() => {}, 'constructor') as FunctionConstructor)(source)],
  [
    'the constructor of an async function',
    (source) => (Reflect.get(async () => {}, 'constructor') as FunctionConstructor)(source),
  ],
  ['eval', (source) => (Reflect.get(globalThis, 'eval') as (source: string) => unknown)(source)],
  ['vm.runInThisContext', (source) => vm.runInThisContext(source)],
  ['vm.runInNewContext', (source) => vm.runInNewContext(source)],
  ['vm.Script', (source) => new vm.Script(source)],
  ['compileFunction by its name', (source) => compileFunction(source)],
]
/* oxlint-enable typescript/no-implied-eval */

it.each(ways)('what was received is seen when %s makes code of it', (_, make) => {
  const planted = `planted_${crypto.randomUUID()}`
  JSON.parse(JSON.stringify({ planted }))
  expect(listReceivedCode()).toEqual([])
  try {
    make(`"${planted}"`)
  } catch (error) {
    // Where Node makes no code of strings, what would have become code is seen all the same.
    expect(error).toBeInstanceOf(EvalError)
  }
  expect(listReceivedCode()).toEqual([planted])
  forget(planted)
  expect(listReceivedCode()).toEqual([])
})

it('the compiler of constant schemas is seen at work', async () => {
  const standIn = await openStandIn(verifik, { seeded: true })
  const before = countSources()
  const { ask } = openGateway({ accounts: [toAccount(verifik, standIn)] })
  expect((await ask('{ webhooks { nodes { name url } } }')).data.webhooks.nodes.length).toBeGreaterThan(0)
  expect(countSources()).toBeGreaterThan(before)
})
