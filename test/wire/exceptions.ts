import type { Exception } from './document.ts'

/** Where requests and stand-ins differ from a vendor's description, and which of its operations no adapter needs. */
export const exceptions: readonly Exception[] = [
  ...exceptGithub('repos', 'repo'),
  ...exceptGithub('orgs', 'org'),
  ...['repositories/512663041', 'organizations/9919204'].map((place) => ({
    provider: 'github',
    operation: `GET /${place}/hooks`,
    problem: /is not documented/,
    reason: 'the Link header of a list leads there, by the number of the repository or organization',
  })),
  { provider: 'github', operation: 'repos/test-push-webhook', reason: 'a ping reaches every webhook, a push only some' },
  { provider: 'linear', operation: 'failuresForOauthWebhooks', reason: 'internal' },
  ...['eventBridgeWebhookSubscription', 'pubSubWebhookSubscription'].flatMap((kind) =>
    ['Create', 'Update'].map((verb) => ({
      provider: 'shopify',
      operation: `${kind}${verb}`,
      reason: 'deprecated: webhookSubscriptionCreate and webhookSubscriptionUpdate take every target',
    })),
  ),
  { provider: 'shopify', operation: 'webhookSubscriptionsCount', reason: 'a list tells the number as well' },
]

/** For webhooks of a repository or of an organization. */
function exceptGithub(owner: string, config: string): readonly Exception[] {
  const hostile = ['get-webhook', 'delete-webhook', 'ping-webhook', 'list-webhook-deliveries']
  return [
    ...hostile.map((name) => ({
      provider: 'github',
      operation: `${owner}/${name}`,
      problem: /^request: \/path\/hook_id must be integer/,
      reason: 'the suite asks for ids that no webhook can have',
    })),
    {
      provider: 'github',
      operation: `${owner}/list-webhook-deliveries`,
      problem: /^response: status 404 is not documented/,
      reason: 'it is documented for the webhook itself',
    },
    { provider: 'github', operation: `${owner}/get-webhook-config-for-${config}`, reason: 'a webhook shows it as well' },
    { provider: 'github', operation: `${owner}/get-webhook-delivery`, reason: 'a list shows all but the payloads' },
  ]
}
