import { afterAnother } from '../../provider/answers.ts'
import { listsAttempts, repeatsAttempts } from '../../provider/attempts.ts'
import { bearer } from '../../provider/authentication.ts'
import { listEventTypes } from '../../provider/events.ts'
import { absent, optional, required } from '../../provider/fields.ts'
import { emulated, readBefore } from '../../provider/operations.ts'
import { createsMasked, rotateOwnSecret } from '../../provider/own-secret.ts'
import { path } from '../../provider/path.ts'
import { deletes, gets, lists, pings } from '../../provider/plain.ts'
import { defineProvider } from '../../provider/provider.ts'
import { sendsAtOnce, unsupported } from '../../provider/unsupported.ts'
import { schemes } from '../../verify/schemes.ts'
import { createGithubApi, type GithubApi, readFailure } from './api.ts'
import * as convert from './convert.ts'
import { details, type GithubUpdate, options, toConfig, toConfigured, toWebhook } from './convert.ts'
import { commonEvents, organizationEvents } from './events.ts'
import { sandbox } from './sandbox.ts'

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
    LIST: lists(convert),
    GET: gets(convert),
    CREATE: createsMasked(
      convert,
      'GitHub sends a ping as soon as the webhook exists. Set your own signing secret in options.github.secret. If omitted, the gateway generates a strong one.',
    ),
    UPDATE: emulated(
      3,
      'The gateway reads the webhook first. GitHub drops the secret if other changes are sent without it, so url, secret, contentType and insecureSsl are ' +
        'changed in a request of their own, before eventTypes and enabled. If the second request is rejected, the first one stays in effect. The second one sends both ' +
        'eventTypes and enabled, because GitHub documents a default for each: changes made to them outside this gateway in between are lost.',
      update,
    ),
    DELETE: deletes('Also deletes the delivery log of the webhook.'),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: rotateOwnSecret(null, 'GitHub does not document how long the old one is used. '),
    TEST: pings(
      'GitHub sends a ping and does not report the result. See the deliveries, where it can take minutes to appear.',
      "GitHub accepted the ping but does not report the endpoint's response. See the deliveries.",
    ),
    LIST_DELIVERIES: listsAttempts(
      convert,
      'GitHub keeps attempts for 3 days (7 on GitHub Enterprise Server). The newest 100 are shown, and those for the same event form one delivery.',
    ),
    REDELIVER: repeatsAttempts(convert, {
      note: 'The gateway looks up the last attempt for the event, which must be among the newest 100, and has it repeated.',
      missing: 'The newest 100 attempts of this webhook have none for this event.',
      toAll: 'GitHub resends an event to the webhook that it was sent to. Omit allWebhooks.',
    }),
  },
  recovery: unsupported(
    'GitHub masks the signing secret and has no other field that could mark a webhook as created by this request. If a candidate is yours, rotate its secret, or delete it and create it again.',
  ),
  fields: {
    name: absent("GitHub's webhooks have no name. Omit name."),
    url: required(),
    eventTypes: optional(
      'Defaults to push. An update replaces the whole list. GitHub rejects unknown event types, and those of organizations at a repository.',
    ),
    enabled: optional(),
  },
  sharedUrl: { eventTypes: ['push'] },
  eventTypes: { known: listEventTypes([...commonEvents, ...organizationEvents]), closed: false, all: true },
  sandbox,
})

async function update(api: GithubApi, input: GithubUpdate) {
  const { upstreamId, eventTypes, enabled } = input
  const before = await readBefore(input, () => api.get(upstreamId), toWebhook)
  const config = toConfig(input)
  const isConfigured = Object.values(config).some((value) => value !== undefined)
  const configured = isConfigured
    ? toConfigured(before, await api.configure(upstreamId, config), config)
    : { webhook: toWebhook(before), warnings: [] }
  if (eventTypes === undefined && enabled === undefined) return configured
  // Both are documented with a default, so that neither is left out.
  const second = api.update(upstreamId, { events: eventTypes ?? before.events, active: enabled ?? before.active })
  const done = 'GitHub carried out the change of url or options. Then it refused the change of eventTypes or enabled:'
  const webhook = toWebhook(await (isConfigured ? afterAnother(second, done) : second))
  return { webhook, warnings: configured.warnings }
}
