import { NotFoundError, OutcomeUnknownError, WebhookError } from '../../errors.ts'
import { mapBatches } from '../../provider/answers.ts'
import { bearer } from '../../provider/authentication.ts'
import { listEventTypes } from '../../provider/events.ts'
import { emulated, native, type RedeliverInput, type Updated } from '../../provider/operations.ts'
import { rotateOwnSecret } from '../../provider/own-secret.ts'
import { path } from '../../provider/path.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import type { TestResult } from '../../webhook.ts'
import { createGithubApi, type GithubApi, readFailure } from './api.ts'
import { details, type GithubCreate, type GithubUpdate, type GithubWebhook, options, showsOptions } from './convert.ts'
import { toBody, toConfig, toConfigured, toCreated, toDeliveries, toWebhook } from './convert.ts'
import { commonEvents, organizationEvents } from './events.ts'
import { sandbox } from './sandbox.ts'

const nameless = unsupported("GitHub's webhooks have no name. Omit name.")

export const github = defineProvider({
  name: 'github',
  displayName: 'GitHub',
  docsUrl: 'https://docs.github.com/rest/repos/webhooks',
  authentication: bearer,
  settings: {
    repository: {
      rule: 'EXACTLY_ONE',
      description: 'Repository whose webhooks are managed, as owner/name.',
      shape: /^[A-Za-z0-9-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
      example: 'acme/website',
      variable: 'HOOKQL_GITHUB_REPOSITORY',
    },
    organization: {
      rule: 'EXACTLY_ONE',
      description: 'Organization whose webhooks are managed.',
      shape: /^[A-Za-z0-9-]{1,100}$/,
      example: 'acme',
      variable: 'HOOKQL_GITHUB_ORGANIZATION',
    },
  },
  baseUrl: 'https://api.github.com',
  accountPath({ repository, organization = '' }) {
    // GitHub ignores case.
    const [owner = '', name = ''] = repository?.toLowerCase().split('/') ?? []
    return repository === undefined ? path`/orgs/${organization.toLowerCase()}` : path`/repos/${owner}/${name}`
  },
  environment: { token: 'HOOKQL_GITHUB_TOKEN', baseUrl: 'HOOKQL_GITHUB_BASE_URL' },
  headers: { accept: 'application/vnd.github+json' },
  exactIntegers: true,
  apiVersion: { header: 'x-github-api-version', default: '2022-11-28', shape: /^\d{4}-\d{2}-\d{2}$/ },
  rates: [
    { calls: 5_000, perMs: 3_600_000, per: 'account' },
    { calls: 500, perMs: 3_600_000, per: 'account', counts: 'WRITES' },
    { calls: 80, perMs: 60_000, per: 'account', counts: 'WRITES' },
  ],
  rateLimitDelayMs: 60_000,
  limits: {
    maxWebhooks: null,
    receiverTimeoutMs: 10_000,
    deliveryRetries: 0,
    note: 'At most 20 webhooks for each event type (250 on GitHub Enterprise Server). The rate limits are shared by everything that uses the same credentials.',
  },
  signature: schemes.github,
  connect: createGithubApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: native((api: GithubApi) => mapBatches(() => api.list(), toWebhook)),
    GET: native(async (api: GithubApi, upstreamId: string) => toWebhook(await api.get(upstreamId))),
    CREATE: native(
      async (api: GithubApi, input: GithubCreate) => toCreated(await api.create(toBody(input)), input),
      'GitHub sends a ping as soon as the webhook exists. Set your own signing secret in options.github.secret. If omitted, the gateway generates a strong one.',
    ),
    UPDATE: emulated(
      3,
      'The gateway reads the webhook first. GitHub drops the secret if other changes are sent without it, so url, secret, contentType and insecureSsl are ' +
        'changed in a request of their own, before eventTypes and enabled. If the second request is rejected, the first one stays in effect.',
      update,
    ),
    DELETE: native(
      (api: GithubApi, upstreamId: string) => api.delete(upstreamId),
      'Also deletes the delivery log of the webhook.',
    ),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: rotateOwnSecret(null, 'GitHub does not document how long the old one is used. '),
    TEST: native(
      test,
      'GitHub sends a ping and does not report the result. See the deliveries, where it can take minutes to appear.',
    ),
    LIST_DELIVERIES: native(
      listDeliveries,
      'GitHub keeps attempts for 3 days (7 on GitHub Enterprise Server). The newest 100 are shown, and those for the same event form one delivery.',
    ),
    REDELIVER: {
      ...emulated(
        2,
        'The gateway looks up the last attempt for the event, which must be among the newest 100, and has it repeated.',
        redeliver,
      ),
      toAll: unsupported('GitHub resends an event to the webhook that it was sent to. Omit allWebhooks.'),
    },
  },
  showsOptions: (_, webhook, asked) => Promise.resolve(showsOptions(webhook, asked)),
  recovery: unsupported(
    'GitHub masks the signing secret and has no other field that could mark a webhook as created by this request. If a candidate is yours, rotate its secret, or delete it and create it again.',
  ),
  fields: {
    name: { onCreate: nameless, onUpdate: nameless },
    url: { onCreate: 'REQUIRED', onUpdate: 'OPTIONAL' },
    eventTypes: {
      onCreate: 'OPTIONAL',
      onUpdate: 'OPTIONAL',
      note: 'Defaults to push. An update replaces the whole list. GitHub rejects unknown event types, and those of organizations at a repository.',
    },
    enabled: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' },
  },
  eventTypes: { known: listEventTypes([...commonEvents, ...organizationEvents]), closed: false, all: true },
  sandbox,
})

async function update(api: GithubApi, input: GithubUpdate): Promise<Updated<GithubWebhook['details']>> {
  const { upstreamId, eventTypes, enabled } = input
  const read = () => api.get(upstreamId)
  const before = await (input.readCurrent?.(read, toWebhook) ?? read())
  const config = toConfig(input)
  const isConfigured = Object.keys(config).length > 0
  if (isConfigured) await api.configure(upstreamId, config)
  if (eventTypes === undefined && enabled === undefined) return { webhook: toWebhook(toConfigured(before, config)), warnings: [] }
  // Both are documented with a default, so that neither is left out.
  const body = { events: eventTypes ?? before.events, active: enabled ?? before.active }
  const after = await api.update(upstreamId, body).catch((error: unknown) => refuse(error, isConfigured))
  return { webhook: toWebhook(after), warnings: [] }
}

/** An error that says that nothing was changed would hide that the first request was carried out. */
function refuse(error: unknown, isHalfDone: boolean): never {
  if (!isHalfDone || !(error instanceof WebhookError) || error instanceof NotFoundError || error instanceof OutcomeUnknownError)
    throw error
  const message = `GitHub carried out the change of url or options, but not of eventTypes or enabled. ${error.message}`
  throw new OutcomeUnknownError(message, [], { cause: error, upstream: error.upstream })
}

async function test(api: GithubApi, upstreamId: string): Promise<TestResult> {
  await api.ping(upstreamId)
  const note = "GitHub accepted the ping but does not report the endpoint's response. See the deliveries."
  return { accepted: true, endpointStatus: null, signature: null, note }
}

async function listDeliveries(api: GithubApi, upstreamId: string) {
  const { items, unreadable } = await api.deliveries(upstreamId)
  return { items: toDeliveries(items), unreadable }
}

async function redeliver(api: GithubApi, { key, webhookId }: RedeliverInput): Promise<number> {
  const { items } = await api.deliveries(webhookId)
  const delivery = toDeliveries(items).find((each) => each.key === key)
  if (delivery === undefined) throw new NotFoundError('The newest 100 attempts of this webhook have none for this event.')
  await api.redeliver(webhookId, delivery.upstreamId)
  return 1
}
