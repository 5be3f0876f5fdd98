import { OutcomeUnknownError, UpstreamUnavailableError, WebhookError } from '../../src/errors.ts'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { AccountWebhook, RotationStrategy, Warning } from '../../src/webhook.ts'
import type { RotationPlan } from '../../src/gateway/write/rotation.ts'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import { readKey } from '../helpers/stand-in.ts'
import { fits } from '../hands/call.ts'
import { getWays } from '../hands/hands.ts'
import type { Operation, Rig, Stored } from './rig.ts'
import { hasNames, toDraft } from '../helpers/draft.ts'

/** What a caller asks for: fields for a create or an update, the webhook's id for all that concerns one. */
export interface Asked {
  readonly operation: Operation
  readonly name: string
  readonly url: string
  readonly upstreamId: string
  /** For a redelivery. */
  readonly eventId?: string
  /** For an update that changes this and nothing else. */
  readonly enabled?: boolean
}

/** Who asks: by a slug other than the provider's name, where there is another. */
export interface Asker extends Pick<Rig, 'provider' | 'gateway'> {
  readonly slug?: string
}

/** What a caller is told. */
export interface Outcome {
  readonly error: WebhookError | null
  readonly webhooks: readonly AccountWebhook[]
  readonly warnings: readonly Warning[]
  readonly signingSecret: string | null
}

/** Runs one operation; whatever is thrown that is no WebhookError is a bug and thrown on. */
export async function run(asker: Asker, asked: Asked): Promise<Outcome> {
  try {
    return { error: null, webhooks: [], warnings: [], signingSecret: null, ...(await call(asker, asked)) }
  } catch (error) {
    if (error instanceof WebhookError) return { error, webhooks: [], warnings: [], signingSecret: null }
    throw error
  }
}

async function call(
  { provider, gateway, slug = provider.name }: Asker,
  { operation, name, url, upstreamId, eventId = '', enabled }: Asked,
): Promise<Partial<Outcome>> {
  const id = formatId({ kind: 'webhook', slug, upstreamId })
  switch (operation) {
    case 'create': {
      const input = { ...toDraft(provider, { name, url, enabled: true }), account: slug }
      const { webhook, signingSecret, warnings } = await gateway.create(input)
      return { webhooks: [webhook], warnings, signingSecret: signingSecret?.reveal() ?? null }
    }
    case 'update': {
      const { webhook, warnings } = await gateway.update(
        enabled === undefined ? { id, url, ...(hasNames(provider) && { name }) } : { id, enabled },
      )
      return { webhooks: [webhook], warnings }
    }
    case 'delete':
      await gateway.remove(id)
      return {}
    case 'get':
      return { webhooks: [await gateway.get(id)] }
    case 'list': {
      const { webhooks, error } = await gateway.list({ slug, provider: provider.name, sandbox: true })
      return { webhooks, error }
    }
    case 'rotate': {
      const { webhook, warnings, signingSecret } = await gateway.rotateSecret({ id, strategy: readStrategy(provider) })
      return { webhooks: [webhook], warnings, signingSecret: signingSecret?.reveal() ?? null }
    }
    case 'verify': {
      const { webhook, warnings } = await gateway.verify(id)
      return { webhooks: [webhook], warnings }
    }
    case 'test':
      await gateway.test(id)
      return {}
    case 'deliveries':
      await gateway.listDeliveries(id)
      return {}
    case 'redeliver':
      await gateway.redeliver({ deliveryId: formatId({ kind: 'delivery', slug, upstreamId, key: eventId }) })
      return {}
  }
}

/** What a rotation is going to do. */
export function plan({ provider, gateway }: Rig, { upstreamId }: Asked): Promise<RotationPlan> {
  const id = formatId({ kind: 'webhook', slug: provider.name, upstreamId })
  return gateway.previewRotation({ id, strategy: readStrategy(provider) })
}

/** The one way to a new secret that a provider has. */
export function readStrategy({ operations: { ROTATE_SECRET: rotation } }: Provider): RotationStrategy {
  if (rotation.support === 'UNSUPPORTED') throw new Error(rotation.note)
  return rotation.strategy
}

/** Whether an operation puts another webhook in the place of the one that it is about. */
export function replaces(provider: Provider, operation: Operation): boolean {
  return operation === 'rotate' && readStrategy(provider) === 'REPLACEMENT'
}

/** The outcome in a few words of a person's. */
export function describeOutcome({ error, warnings }: Outcome, attempts: number): string {
  if (error instanceof OutcomeUnknownError) {
    const count = error.candidates.length
    return `unknown, ${count === 0 ? 'nothing found' : count === 1 ? '1 candidate' : `${count} candidates`}`
  }
  if (error !== null) {
    const code = error instanceof UpstreamUnavailableError ? `${error.code} (${error.reason})` : error.code
    return `failed: ${code}, ${describeAdvice(error)}`
  }
  const again = attempts > 1 ? [`at attempt ${attempts}`] : []
  return ['done', ...again, ...warnings.map(({ code }) => code)].join(', ')
}

function describeAdvice({ retry, retryAfterMs }: WebhookError): string {
  switch (retry) {
    case 'SAFE':
      return 'safe to retry'
    case 'SAFE_AFTER_DELAY':
      return `safe to retry after ${Math.ceil((retryAfterMs ?? 0) / 1000)} s`
    case 'CHECK_FIRST':
      return 'check before a retry'
    case 'AFTER_FIX':
      return 'retry after a fix'
    case 'NEVER':
      return 'do not retry'
  }
}

interface Facts {
  readonly provider: Provider
  readonly asked: Asked
  /** Whether another webhook takes the place of the one that it is about. */
  readonly replacing?: boolean
  readonly outcome: Outcome
  readonly before: readonly Stored[]
  readonly after: readonly Stored[]
  /** Whether reads showed what was before: then an answer may do so too. */
  readonly stale: boolean
  /** What came in at the stand-in during the operation. */
  readonly calls: Rig['standIn']['calls']
}

/** Every way in which what the caller was told is not what is true upstream. */
export function findViolations(facts: Facts): readonly string[] {
  return [findLie(facts), findRepeat(facts), findWrongAnswer(facts), findLoss(facts)].filter((violation) => violation !== null)
}

/** Never a success that is not there, a definite failure for something that happened, or anything nobody asked for. */
function findLie(facts: Facts): string | null {
  const { outcome, before, after } = facts
  const known = new Set(before.map(({ id }) => id))
  const truth = toText(after, known)
  const allowed = listAllowed(facts).map((state) => toText(state, known))
  return allowed.includes(truth) ? null : `told ${outcome.error?.code ?? 'done'}, but upstream is ${truth}`
}

/** What may be upstream after what was told. */
function listAllowed({ asked, outcome: { error, warnings }, before, replacing = false }: Facts): readonly (readonly Stored[])[] {
  if (!replacing) {
    const done = apply(asked, before)
    return error === null ? [done] : error instanceof OutcomeUnknownError ? [done, before] : [before]
  }
  const twins = before.filter(({ id }) => id === asked.upstreamId).map((webhook) => ({ ...webhook, id: '' }))
  const both = [...before, ...twins]
  const replaced = [...before.filter(({ id }) => id !== asked.upstreamId), ...twins]
  if (error !== null) return error instanceof OutcomeUnknownError ? [both, before] : [before]
  const codes = new Set(warnings.map(({ code }) => code))
  if (codes.has('OLD_WEBHOOK_KEPT')) return [both]
  return codes.has('OLD_WEBHOOK_UNKNOWN') ? [both, replaced] : [replaced]
}

// What has an endpoint called, or makes something; an update or a delete does no harm when it comes twice.
const once: ReadonlySet<Operation> = new Set(['create', 'verify', 'test', 'redeliver'])

/** Never a write that is sent again after one that may have been carried out: only a rate limit says that it was not. */
function findRepeat({ provider, asked: { operation }, calls, replacing = false }: Facts): string | null {
  const { own, makes } = getWays(provider)
  const all = calls.filter(({ effect, status }) => effect === 'WRITE' && status !== 429)
  // A repeat with the provider's own key is carried out once; where that is the webhook's ID, all of its text is the same.
  const isKeyed = getRepeat(provider) !== undefined
  const sent = [...new Map(all.map((call, index) => [readKey(call) ?? (isKeyed ? call.text : index), call])).values()]
  const creates = sent.filter(makes)
  const most = operation === 'create' || replacing ? 1 : 0
  if (creates.length > most) return `the create was sent ${creates.length} times`
  const others = sent.filter((call) => fits(call, own[operation]) && !makes(call) && !call.path.endsWith('/rotate-key'))
  return once.has(operation) && others.length > 1 ? `${others[0]?.path} was sent ${others.length} times` : null
}

/** Never fewer webhooks that send than before a rotation. */
function findLoss({ asked, before, after }: Facts): string | null {
  const [were, are] = [before, after].map((webhooks) => webhooks.filter(({ active }) => active).length)
  if (asked.operation !== 'rotate' || are === undefined || were === undefined || are >= were) return null
  return `${were} webhooks were sending, ${are} are`
}

function findWrongAnswer({ asked, outcome, before, after, stale, replacing = false }: Facts): string | null {
  const { operation, upstreamId } = asked
  const { error, webhooks, warnings, signingSecret } = outcome
  if (error instanceof OutcomeUnknownError) {
    if (operation === 'get' || operation === 'list' || operation === 'deliveries') return 'a read has no unknown outcome'
    const isNew = operation === 'create' || replacing
    const fits = (id: string) => (isNew ? has(after, id) && !has(before, id) : id === asked.upstreamId)
    return error.candidates.every(({ upstreamId }) => fits(upstreamId)) ? null : 'a candidate cannot be the outcome'
  }
  if (error !== null) return error.code === 'NOT_FOUND' && has(before, upstreamId) ? 'told NOT_FOUND of what is there' : null
  const handsOut = operation === 'create' || operation === 'rotate'
  const isTold = warnings.some(({ code }) => code === 'NO_SIGNING_SECRET')
  if (handsOut && signingSecret === null && !isTold) return 'the secret is missing'
  if (stale && !handsOut) return null
  const expected = {
    create: after.filter(({ id }) => !has(before, id)),
    update: after.filter(({ id }) => id === upstreamId),
    delete: [],
    get: after.filter(({ id }) => id === upstreamId),
    list: after,
    rotate: after.filter(({ id }) => (replacing ? !has(before, id) : id === upstreamId)),
    verify: after.filter(({ id }) => id === upstreamId),
    test: [],
    deliveries: [],
    redeliver: [],
  }[operation]
  const told = webhooks.map(({ upstreamId, url, name, status }) => {
    return { id: upstreamId, url, name: name ?? '', active: status === 'ACTIVE' }
  })
  return toText(told) === toText(expected) ? null : 'the answer tells what is not upstream'
}

function has(webhooks: readonly Stored[], upstreamId: string): boolean {
  return webhooks.some(({ id }) => id === upstreamId)
}

/** What is to be upstream when the operation is carried out; nobody knows the id of what a create makes. */
export function apply({ operation, name, url, upstreamId }: Asked, before: readonly Stored[]): readonly Stored[] {
  switch (operation) {
    case 'create':
      return [...before, { id: '', name, url, active: true }]
    case 'update':
      return before.map((webhook) => (webhook.id === upstreamId ? { ...webhook, name, url } : webhook))
    case 'delete':
      return before.filter(({ id }) => id !== upstreamId)
    case 'get':
    case 'list':
    case 'rotate':
    case 'verify':
    case 'test':
    case 'deliveries':
    case 'redeliver':
      return before
  }
}

/** For comparing, whatever the order; an id outside `known` is new, and nobody can tell which it will be. */
function toText(webhooks: readonly Stored[], known?: ReadonlySet<string>): string {
  const lines = webhooks.map(({ id, name, url }) => `${known?.has(id) === false ? 'new' : id} ${JSON.stringify(name)} ${url}`)
  return lines.toSorted().join('; ') || 'empty'
}
