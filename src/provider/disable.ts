import { OutcomeUnknownError, WebhookError } from '../errors.ts'
import type { Warning, Webhook } from '../webhook.ts'
import { readBack } from './answers.ts'
import { type Created, type CreateInput, emulated, type Supported } from './operations.ts'
import { type Creates, creates } from './plain.ts'

/** CREATE of a provider that creates every webhook enabled: a second request, `disable`, disables it unless it is to stay enabled. */
export function createsEnabled<Api extends Creating<Body, Made, Wire>, Options, Body, Made, Wire, D>(
  displayName: string,
  { toWebhook, ...convert }: Creates<Options, Body, Made, D> & { toWebhook(wire: Wire): Webhook<D> },
  disable: (api: Api, created: Webhook<D>, input: CreateInput<Options>) => Promise<Webhook<D>>,
): Supported<[api: Api, input: CreateInput<Options>], Promise<Created<D>>> {
  const create = creates(convert)
  const note = `${displayName} creates every webhook enabled. To create a disabled one, a second request disables it, and it may send events in between.`
  // If the response to the second request is lost, the webhook is read back.
  return emulated(3, note, async (api, input) => {
    const created = await create.run(api, input)
    if (input.enabled) return created
    // The next request may be the last thing this process does.
    await input.onMade?.(created)
    const { webhook, warning, isInDoubt } = await finish(created.webhook, {
      disable: () => disable(api, created.webhook, input),
      read: async () => toWebhook(await api.get(created.webhook.upstreamId)),
    })
    return { ...created, webhook, warnings: [...created.warnings, ...(warning === null ? [] : [warning])], isInDoubt }
  })
}

interface Creating<Body, Made, Wire> {
  create(body: Body, key: string): Promise<Made>
  get(id: string): Promise<Wire>
}

interface Steps<D> {
  disable(): Promise<Webhook<D>>
  read(): Promise<Webhook<D>>
}

/** Disables a webhook and returns its actual state. A failure is a warning: an error would lose the secret. */
async function finish<D>(created: Webhook<D>, { disable, read }: Steps<D>) {
  try {
    const webhook = await disable()
    return { webhook, warning: webhook.enabled ? stillSending : null, isInDoubt: false }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    const isInDoubt = error instanceof OutcomeUnknownError
    const webhook = isInDoubt ? await readBack(read) : created
    if (webhook === null) return { webhook: created, warning: maybeSending, isInDoubt }
    return { webhook, warning: webhook.enabled ? stillSending : null, isInDoubt }
  }
}

/** Known before a create of a disabled webhook. */
export function sendsBeforeDisabled(displayName: string): Warning {
  return {
    code: 'SENDS_BEFORE_DISABLED',
    message: `${displayName} creates every webhook enabled. This webhook may send events before a second request disables it.`,
  }
}

/** If the second request did not disable it. */
export const stillSending = toNotDisabled('failed. It is still')
export const maybeSending = toNotDisabled('was not clearly confirmed. It may still be')

function toNotDisabled(what: string): Warning {
  const message =
    `The webhook was created, but the second request, which disables it, ${what} sending events. ` +
    'Update it with enabled: false. Store the signing secret now: it is not shown again.'
  return { code: 'NOT_DISABLED', message }
}
