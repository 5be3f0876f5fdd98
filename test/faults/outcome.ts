import { OutcomeUnknownError, UpstreamUnavailableError, WebhookError } from '../../src/errors.ts'
import { formatId } from '../../src/id.ts'
import type { AccountWebhook, Warning } from '../../src/webhook.ts'
import type { Operation, Rig, Stored } from './rig.ts'

/** What a caller asks for: fields for a create or an update, the webhook's id for all that concerns one. */
export interface Asked {
  readonly operation: Operation
  readonly name: string
  readonly url: string
  readonly upstreamId: string
}

/** What a caller is told. */
export interface Outcome {
  readonly error: WebhookError | null
  readonly webhooks: readonly AccountWebhook[]
  readonly warnings: readonly Warning[]
  readonly signingSecret: string | null
}

/** Runs one operation; whatever is thrown that is no WebhookError is a bug and thrown on. */
export async function run(rig: Rig, asked: Asked): Promise<Outcome> {
  try {
    return { error: null, webhooks: [], warnings: [], signingSecret: null, ...(await call(rig, asked)) }
  } catch (error) {
    if (error instanceof WebhookError) return { error, webhooks: [], warnings: [], signingSecret: null }
    throw error
  }
}

async function call({ provider, gateway }: Rig, { operation, name, url, upstreamId }: Asked): Promise<Partial<Outcome>> {
  const id = formatId({ kind: 'webhook', slug: provider.name, upstreamId })
  switch (operation) {
    case 'create': {
      const event = provider.eventTypes.known[0]?.name
      const eventTypes = event === undefined ? undefined : [event]
      const { webhook, ...more } = await gateway.create({ account: provider.name, name, url, enabled: true, eventTypes })
      return { webhooks: [webhook], ...more }
    }
    case 'update': {
      const { webhook, warnings } = await gateway.update({ id, name, url })
      return { webhooks: [webhook], warnings }
    }
    case 'delete':
      await gateway.remove(id)
      return {}
    case 'get':
      return { webhooks: [await gateway.get(id)] }
    case 'list': {
      const { webhooks, error } = await gateway.list({ slug: provider.name, provider: provider.name, sandbox: true })
      return { webhooks, error }
    }
  }
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
      return 'safe to send again'
    case 'SAFE_AFTER_DELAY':
      return `safe to send again after ${Math.ceil((retryAfterMs ?? 0) / 1000)} s`
    case 'CHECK_FIRST':
      return 'check before sending again'
    case 'AFTER_FIX':
      return 'send again after a fix'
    case 'NEVER':
      return 'do not send again'
  }
}

interface Facts {
  readonly asked: Asked
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
  return [findLie(facts), findRepeat(facts), findWrongAnswer(facts)].filter((violation) => violation !== null)
}

/** Never a success that is not there, a definite failure for something that happened, or anything nobody asked for. */
function findLie({ asked, outcome: { error }, before, after }: Facts): string | null {
  const known = new Set(before.map(({ id }) => id))
  const done = toText(apply(asked, before), known)
  const unchanged = toText(before, known)
  const allowed = error === null ? [done] : error instanceof OutcomeUnknownError ? [done, unchanged] : [unchanged]
  const truth = toText(after, known)
  return allowed.includes(truth) ? null : `told ${error?.code ?? 'done'}, but upstream is ${truth}`
}

/** Never a create that is sent again after one that may have been carried out: only a rate limit says that it was not. */
function findRepeat({ asked, calls }: Facts): string | null {
  const creates = calls.filter(({ method, path, status }) => method === 'POST' && path.endsWith('/webhooks') && status !== 429)
  return creates.length <= (asked.operation === 'create' ? 1 : 0) ? null : `POST /webhooks was sent ${creates.length} times`
}

function findWrongAnswer({ asked, outcome, before, after, stale }: Facts): string | null {
  const { operation, upstreamId } = asked
  const { error, webhooks, signingSecret } = outcome
  if (error instanceof OutcomeUnknownError) {
    if (operation === 'get' || operation === 'list') return 'a read has no unknown outcome'
    const fits = (id: string) => (operation === 'create' ? has(after, id) && !has(before, id) : id === asked.upstreamId)
    return error.candidates.every(({ upstreamId }) => fits(upstreamId)) ? null : 'a candidate cannot be the outcome'
  }
  if (error !== null) return error.code === 'NOT_FOUND' && has(before, upstreamId) ? 'told NOT_FOUND of what is there' : null
  if (operation === 'create' && signingSecret === null) return 'the secret is missing'
  if (stale && operation !== 'create') return null
  const expected = {
    create: after.filter(({ id }) => !has(before, id)),
    update: after.filter(({ id }) => id === upstreamId),
    delete: [],
    get: after.filter(({ id }) => id === upstreamId),
    list: after,
  }[operation]
  const told = webhooks.map(({ upstreamId, url, name }) => ({ id: upstreamId, url, name: name ?? '' }))
  return toText(told) === toText(expected) ? null : 'the answer tells what is not upstream'
}

function has(webhooks: readonly Stored[], upstreamId: string): boolean {
  return webhooks.some(({ id }) => id === upstreamId)
}

/** What is to be upstream when the operation is carried out; nobody knows the id of what a create makes. */
export function apply({ operation, name, url, upstreamId }: Asked, before: readonly Stored[]): readonly Stored[] {
  switch (operation) {
    case 'create':
      return [...before, { id: '', name, url }]
    case 'update':
      return before.map((webhook) => (webhook.id === upstreamId ? { ...webhook, name, url } : webhook))
    case 'delete':
      return before.filter(({ id }) => id !== upstreamId)
    case 'get':
    case 'list':
      return before
  }
}

/** For comparing, whatever the order; an id outside `known` is new, and nobody can tell which it will be. */
function toText(webhooks: readonly Stored[], known?: ReadonlySet<string>): string {
  const lines = webhooks.map(({ id, name, url }) => `${known?.has(id) === false ? 'new' : id} ${JSON.stringify(name)} ${url}`)
  return lines.toSorted().join('; ') || 'empty'
}
