import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toForm } from '../../../src/http/form.ts'
import { isSegment } from '../../../src/provider/path.ts'
import type { FieldRule } from '../../../src/provider/fields.ts'
import { isUnsupported } from '../../../src/provider/unsupported.ts'
import { providers } from '../../../src/providers/index.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import type { StandIn, StandInCall } from '../../../src/sandbox/server.ts'
import { findTargetIssue } from '../../../src/gateway/target.ts'
import { codePoint } from '../../helpers/code-point.ts'
import { toChange } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { toRuns } from '../../helpers/runs.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

interface Shown {
  readonly method: string
  readonly url: string
  readonly body: unknown
}

const preview = '... on MutationPreview { requests { method url body } warnings { code } }'
const errors = `... on WebhookError { __typename code message retry retryAfterMs upstream { status code message } }`
const issues = '... on InvalidInputError { issues { path code message } } ... on UnsupportedError { path }'
const createWebhook = `mutation ($input: CreateWebhookInput!) { result: createWebhook(input: $input) {
  ... on CreateWebhookSuccess { webhook { id upstreamId } signingSecret } ${preview} ${errors} ${issues} } }`
const updateWebhook = `mutation ($input: UpdateWebhookInput!) { result: updateWebhook(input: $input) {
  ... on UpdateWebhookSuccess { webhook { id upstreamId } } ${preview} ${errors} ${issues} } }`
const deleteWebhook = `mutation ($input: DeleteWebhookInput!) { result: deleteWebhook(input: $input) {
  ... on DeleteWebhookSuccess { deletedId } ${preview} ${errors} } }`
const rotateWebhookSecret = `mutation ($input: RotateWebhookSecretInput!) { result: rotateWebhookSecret(input: $input) {
  ... on RotateWebhookSecretSuccess { webhook { id upstreamId } signingSecret plan { requests { method url body } } }
  ... on RotationPlan { requests { method url body } } ${errors} ${issues} } }`
const verifyWebhook = 'mutation ($input: VerifyWebhookInput!) { result: verifyWebhook(input: $input) { __typename } }'

async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)] })

  async function run(mutation: string, input: object) {
    const { data, errors } = await ask(mutation, { input })
    expect(errors).toBeUndefined()
    return data.result
  }
  /** What the preview shows, what the write then answered, and the writes that it sent. */
  async function compare(mutation: string, input: object) {
    const start = standIn.calls.length
    const { requests } = await run(mutation, { ...input, validateOnly: true })
    expect(readWrites(standIn, start)).toEqual([])
    const middle = standIn.calls.length
    const answer = await run(mutation, input)
    return { requests: requests as readonly Shown[], answer, sent: readWrites(standIn, middle) }
  }
  return { standIn, run, compare }
}

function readWrites({ calls }: StandIn, start: number): readonly StandInCall[] {
  return calls.slice(start).filter(({ effect }) => effect === 'WRITE')
}

/** A preview as the bytes of the wire, with what only the provider or the write itself could know filled in. */
function fill(
  { encoding }: Provider,
  requests: readonly Shown[],
  standIn: StandIn,
  known: { readonly secret?: string; readonly id?: string; readonly proof?: string } = {},
) {
  const origin = new URL(standIn.baseUrl).origin
  const complete = (text: string) =>
    text
      .replaceAll('"[secret]"', JSON.stringify(known.secret ?? '[secret]'))
      .replaceAll('"[generated]"', JSON.stringify(known.proof ?? '[generated]'))
      .replaceAll('(new-id)', known.id ?? '(new-id)')
  return requests.map(({ method, url, body }) => ({
    method,
    path: complete(url.slice(origin.length)),
    text: body === null ? '' : complete(encoding === 'FORM' ? toForm(Object(body)) : JSON.stringify(body)),
  }))
}

/** What Baanx and Linear are sent to tell a webhook by, should the answer be lost: made by the write itself. */
function readMark(calls: readonly StandInCall[]): { readonly proof?: string } {
  const proof = /"(?:_hookql|id)":"([^"]+)"/.exec(calls[0]?.text ?? '')?.[1]
  return proof === undefined ? {} : { proof }
}

function show(calls: readonly StandInCall[]) {
  return calls.map(({ method, path, text }) => ({ method, path, text }))
}

const text = fc.string({ unit: codePoint, minLength: 1, maxLength: 40 }).filter((each) => each.isWellFormed())
const name = text.map((each) => each.trim()).filter((each) => each !== '')
const url = fc
  .webUrl({ validSchemes: ['https'], withQueryParameters: true })
  .filter((each) => findTargetIssue(each) === undefined)
const flow = fc.string({ minLength: 1, maxLength: 20 }).filter(isSegment)
const flows = fc.array(flow, { minLength: 1, maxLength: 3 })
const secret = fc.base64String({ minLength: 12, maxLength: 40 })
const given = { requiredKeys: [] }

// That one is refused, here and in metadata: it would be lost on the way.
const memberName = fc.string().filter((name) => name !== '__proto__')

const metadata = fc.dictionary(
  text.filter((each) => /^[^[\]]{1,40}$/.test(each) && each !== '__proto__'),
  text,
  { maxKeys: 3 },
)

/** Options that each provider takes on a create and on an update. */
const options: Readonly<Record<string, readonly [onCreate: fc.Arbitrary<object>, onUpdate: fc.Arbitrary<object>]>> = {
  baanx: twice(fc.record({ metadata: fc.dictionary(memberName, fc.jsonValue({ maxDepth: 2 }).map(toPlain)) }, given)),
  encrata: twice(fc.constant({})),
  fingerprint: twice(fc.record({ environmentId: fc.constantFrom(null, 'env_1', 'env_2') }, given)),
  github: twice(fc.record({ secret, contentType: fc.constantFrom('JSON', 'FORM'), insecureSsl: fc.boolean() }, given)),
  linear: [
    fc.record({ secret, teamId: fc.constantFrom('ENG', 'OPS'), allPublicTeams: fc.constant(true) }, given),
    fc.record({ secret }, given),
  ],
  shopify: twice(
    fc.record(
      {
        format: fc.constantFrom('JSON', 'XML'),
        filter: fc.constantFrom(null, 'id:1'),
        includeFields: fc.constantFrom(null, ['id']),
      },
      given,
    ),
  ),
  stripe: [
    // One of connected accounts cannot be replaced.
    fc.record({ apiVersion: fc.constantFrom('2024-06-20', '2026-10-28.endive'), connect: fc.constant(false), metadata }, given),
    fc.record({ metadata }, given),
  ],
  verifik: [
    fc.record({ description: text, linkProjectFlowIds: flows, secret }, given),
    fc.record({ description: text, linkProjectFlowIds: flows, unlinkProjectFlowIds: flows, secret }, given),
  ],
}

function twice<T>(arbitrary: fc.Arbitrary<T>): readonly [fc.Arbitrary<T>, fc.Arbitrary<T>] {
  return [arbitrary, arbitrary]
}

/** JSON has neither -0 nor __proto__ as a plain member. */
function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto'))
}

/** Random valid inputs of a provider: fields of a create and changes of an update. */
function toInputs({ name: provider, fields, eventTypes: { known, most = known.length } }: Provider) {
  const [onCreate, onUpdate] = options[provider] ?? twice(fc.constant({}))
  const filter =
    known.length === 0
      ? text.map((each) => [each])
      : fc.subarray(
          // The first ones are those of every account.
          known.slice(0, 20).map((each) => each.name),
          { minLength: 1, maxLength: Math.min(most, known.length, 20) },
        )
  const toEventTypes = (rule: FieldRule) => (isUnsupported(rule) ? {} : { eventTypes: filter })
  const toSwitch = (rule: FieldRule) => (isUnsupported(rule) ? {} : { enabled: fc.boolean() })
  const toOptions = (own: fc.Arbitrary<object>) => {
    return own.map((each) => (Object.keys(each).length === 0 ? {} : { options: { [provider]: each } }))
  }
  const required = (['name', 'eventTypes'] as const).filter((field) => fields[field].onCreate === 'REQUIRED')
  const allowed = fields.name.shape === undefined ? name : fc.stringMatching(/^[a-z]{1,20}$/)
  const named = isUnsupported(fields.name.onCreate) ? {} : { name: allowed }
  const created = fc.record(
    { url, ...toSwitch(fields.enabled.onCreate), ...named, ...toEventTypes(fields.eventTypes.onCreate) },
    { requiredKeys: ['url', ...required] },
  )
  const changed = fc.record(
    { url, ...toSwitch(fields.enabled.onUpdate), ...named, ...toEventTypes(fields.eventTypes.onUpdate) },
    given,
  )
  const join = (common: fc.Arbitrary<object>, own: fc.Arbitrary<object>) =>
    fc.tuple(common, toOptions(own)).map(([a, b]) => ({ ...a, ...b }))
  return fc.tuple(
    join(created, onCreate),
    join(changed, onUpdate).filter((each) => Object.keys(each).length > 0),
  )
}

describe.each(providers)('a preview at $displayName', (provider) => {
  it('is byte for byte what is sent, for random inputs, and writes nothing', async () => {
    const { operations } = provider
    const { ROTATE_SECRET: rotation } = operations
    const { standIn, run, compare } = await open(provider)
    await fc.assert(
      fc.asyncProperty(toInputs(provider), async ([input, changes]) => {
        const created = await compare(createWebhook, { account: provider.name, ...input })
        const { webhook, signingSecret } = created.answer
        const known = { secret: signingSecret, id: webhook.upstreamId, ...readMark(created.sent) }
        expect(fill(provider, created.requests, standIn, known)).toEqual(show(created.sent))
        if (signingSecret !== null) expect(JSON.stringify(created.requests)).not.toContain(signingSecret)

        const updated = await compare(updateWebhook, { id: webhook.id, ...changes })
        const chosen = toSecret(changes)
        expect(fill(provider, updated.requests, standIn, chosen === undefined ? {} : { secret: chosen })).toEqual(
          show(updated.sent),
        )
        if (chosen !== undefined) expect(JSON.stringify(updated.requests)).not.toContain(chosen)

        // So that its replacement is verified too.
        if (operations.VERIFY.support !== 'UNSUPPORTED') await run(verifyWebhook, { id: webhook.id })
        const rotated =
          rotation.support === 'UNSUPPORTED'
            ? null
            : await compare(rotateWebhookSecret, { id: webhook.id, strategy: rotation.strategy })
        if (rotated !== null) {
          const next = { secret: rotated.answer.signingSecret, id: rotated.answer.webhook.upstreamId }
          expect(fill(provider, rotated.requests, standIn, next)).toEqual(show(rotated.sent))
          expect(rotated.answer.plan.requests).toEqual(rotated.requests)
        }

        const deleted = await compare(deleteWebhook, { id: rotated?.answer.webhook.id ?? webhook.id })
        expect(fill(provider, deleted.requests, standIn)).toEqual(show(deleted.sent))
        const all = [created, updated, ...(rotated === null ? [] : [rotated]), deleted]
        expect(all.filter(({ sent }) => sent.length === 0)).toEqual([])
      }),
      { numRuns: toRuns(4), endOnFailure: true },
    )
  })

  it('has the errors that the write would have', async () => {
    const { standIn, run } = await open(provider)
    const [valid] = fc.sample(toInputs(provider), { numRuns: 1, seed: 11 })[0] ?? []
    const mistakes = [
      { name: ' ' },
      { url: 'http://hooks.acme.test' },
      { eventTypes: [''] },
      { account: 'nobody' },
      { options: { baanx: { metadata: [1] } } },
      { options: { verifik: { secret: '***********' } } },
    ]
    for (const mistake of mistakes) {
      const input = { account: provider.name, ...valid, ...mistake }
      const refused = await run(createWebhook, { ...input, validateOnly: true })
      expect(refused).toMatchObject({ __typename: expect.stringMatching(/Error$/) })
      expect(refused).toEqual(await run(createWebhook, input))
    }
    expect(standIn.calls).toEqual([])
  })

  it('of a delete may show what turns out to be gone, and an update of it is NotFoundError as soon as a read says so', async () => {
    const { standIn, run } = await open(provider)
    const [valid] = fc.sample(toInputs(provider), { numRuns: 1, seed: 13 })[0] ?? []
    const { webhook } = await run(createWebhook, { account: provider.name, ...valid })
    await run(deleteWebhook, { id: webhook.id })
    const start = standIn.calls.length
    expect(await run(deleteWebhook, { id: webhook.id, validateOnly: true })).toMatchObject({ requests: [{}] })
    const shown = await run(updateWebhook, { id: webhook.id, ...toChange(provider, 'Later'), validateOnly: true })
    const isRead = standIn.calls.length > start
    expect(shown).toMatchObject(isRead ? { __typename: 'NotFoundError' } : { requests: [{}] })
    expect(readWrites(standIn, start)).toEqual([])
  })
})

it('a preview shows a chosen secret nowhere, be it within other values', async () => {
  const verifik = providers.find(({ name }) => name === 'verifik')
  if (verifik === undefined) throw new Error('There is no Verifik.')
  const { run } = await open(verifik)
  const chosen = 'canary+chosen/secret=='
  const rest = {
    name: `pre ${chosen} post`,
    url: `https://a.example/${encodeURIComponent(chosen)}?t=${chosen}&u=1`,
    options: { verifik: { secret: chosen, description: Buffer.from(chosen).toString('base64') } },
  }
  const created = { account: 'verifik', ...rest, eventTypes: verifik.eventTypes.known.slice(0, 1).map((each) => each.name) }
  const { webhook } = await run(createWebhook, {
    ...created,
    name: 'A name',
    url: 'https://a.example/',
    options: { verifik: { secret: chosen } },
  })
  const previews = [
    await run(createWebhook, { ...created, validateOnly: true }),
    await run(updateWebhook, { id: webhook.id, ...rest, validateOnly: true }),
  ]
  for (const { requests } of previews) {
    const { body } = requests[requests.length - 1]
    expect(body).toMatchObject({
      name: 'pre [secret] post',
      url: 'https://a.example/[secret]?t=[secret]&u=1',
      secret: '[secret]',
    })
    expect(decodeURIComponent(JSON.stringify(requests))).not.toContain('chosen')
    expect(body.description).toMatch(/^\[secret\].{0,6}$/)
  }
})

/** The secret that a caller chose in the options. */
function toSecret(changes: object): string | undefined {
  const found = /"secret":("[^"]*")/.exec(JSON.stringify(changes))?.[1]
  return found === undefined ? undefined : String(JSON.parse(found))
}
