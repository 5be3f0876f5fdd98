import { buildSchema, isInputObjectType } from 'graphql'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import type { Operation } from '../../src/provider/operations.ts'
import { providers } from '../../src/providers/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))

const toId = (slug: string) => formatId({ kind: 'webhook', slug, upstreamId: '9b2e1c6a-3f57-4c0e-8c55-0d7f2a6b1e11' })
const text = (size: number) => 'x'.repeat(size)
const list = (size: number) => Array.from({ length: size }, () => 'x')
const createAt = (account: string, more: object) => ({ account, name: 'x', url: 'https://hooks.acme.test/x', ...more })
const optionsOf = (name: string, more: object) => createAt(name, { options: { [name]: more } })

const limits: readonly (readonly [field: string, operation: Operation, most: number, toInput: (size: number) => object])[] = [
  ['CreateWebhookInput.name', 'CREATE', 255, (size) => createAt('verifik', { name: text(size) })],
  ['CreateWebhookInput.eventTypes', 'CREATE', 300, (size) => createAt('verifik', { eventTypes: list(size) })],
  ['CreateWebhookInput.eventTypes', 'CREATE', 255, (size) => createAt('verifik', { eventTypes: [text(size)] })],
  ['UpdateWebhookInput.name', 'UPDATE', 255, (size) => ({ id: toId('verifik'), name: text(size) })],
  ['UpdateWebhookInput.eventTypes', 'UPDATE', 300, (size) => ({ id: toId('verifik'), eventTypes: list(size) })],
  ['UpdateWebhookInput.eventTypes', 'UPDATE', 255, (size) => ({ id: toId('verifik'), eventTypes: [text(size)] })],
  ['UpdateWebhookInput.id', 'UPDATE', 2_000, (size) => ({ id: text(size), name: 'x' })],
  ['DeleteWebhookInput.id', 'DELETE', 2_000, (size) => ({ id: text(size) })],
  ['VerifyWebhookInput.id', 'VERIFY', 2_000, (size) => ({ id: text(size) })],
  ['TestWebhookInput.id', 'TEST', 2_000, (size) => ({ id: text(size) })],
  ['RotateWebhookSecretInput.id', 'ROTATE_SECRET', 2_000, (size) => ({ id: text(size) })],
  ['RotateWebhookSecretInput.newSecret', 'ROTATE_SECRET', 256, (size) => ({ id: toId('verifik'), newSecret: text(size) })],
  ['RedeliverEventInput.deliveryId', 'REDELIVER', 4_000, (size) => ({ deliveryId: text(size) })],
  ['VerifikOptionsInput.description', 'CREATE', 1_000, (size) => optionsOf('verifik', { description: text(size) })],
  ['VerifikOptionsInput.linkProjectFlowIds', 'CREATE', 100, (size) => optionsOf('verifik', { linkProjectFlowIds: list(size) })],
  ['VerifikOptionsInput.linkProjectFlowIds', 'CREATE', 256, (size) => optionsOf('verifik', { linkProjectFlowIds: [text(size)] })],
  [
    'VerifikOptionsInput.unlinkProjectFlowIds',
    'UPDATE',
    100,
    (size) => ({ id: toId('verifik'), options: { verifik: { unlinkProjectFlowIds: list(size) } } }),
  ],
  [
    'VerifikOptionsInput.unlinkProjectFlowIds',
    'UPDATE',
    256,
    (size) => ({ id: toId('verifik'), options: { verifik: { unlinkProjectFlowIds: [text(size)] } } }),
  ],
  ['VerifikOptionsInput.secret', 'CREATE', 256, (size) => optionsOf('verifik', { secret: text(size) })],
  ['FingerprintOptionsInput.environmentId', 'CREATE', 256, (size) => optionsOf('fingerprint', { environmentId: text(size) })],
]

it.each(limits)('%s in %s says that it takes %i at most, and takes no more', async (path, operation, most, toInput) => {
  const accounts = await Promise.all(providers.map(async (each) => toAccount(each, await openStandIn(each))))
  const { gateway } = openGateway({ accounts })
  const isTooBig = (size: number) => gateway.inspect(operation, toInput(size)).some(({ code }) => code === 'TOO_BIG')
  expect([most, most + 1].map(isTooBig)).toEqual([false, true])

  const [type = '', field = ''] = path.split('.')
  const input = schema.getType(type)
  const description = isInputObjectType(input) ? input.getFields()[field]?.description : undefined
  expect(description).toMatch(new RegExp(`\\b${most.toLocaleString('en')}\\b`))
})
