import { send } from './client.ts'
import {
  CreateWebhookDocument,
  type CreateWebhookInput,
  type CreateWebhookMutation,
  type FailureFragment,
  OverviewDocument,
} from './generated/graphql.ts'

type CreateResult = CreateWebhookMutation['createWebhook']

/** Creates a webhook and tells in a sentence what came of it. */
export async function createWebhook(gatewayUrl: string, input: CreateWebhookInput): Promise<string> {
  const { createWebhook: result } = await send(gatewayUrl, CreateWebhookDocument, { input })
  return describeResult(result)
}

/** One line for each webhook, and one for each account that could not be read. */
export async function listWebhooks(gatewayUrl: string): Promise<readonly string[]> {
  const { webhooks } = await send(gatewayUrl, OverviewDocument, { first: 20 })
  return [
    ...webhooks.nodes.map(({ account, name, url, status }) => `${account.slug}: ${name ?? url} is ${status}`),
    ...webhooks.sources.flatMap(({ account, error }) => (error === null ? [] : [`${account.slug}: ${describeFailure(error)}`])),
  ]
}

function describeResult(result: CreateResult): string {
  switch (result.__typename) {
    case 'CreateWebhookSuccess':
      return `Created ${result.webhook.id}, ${result.signingSecret === null ? 'unsigned' : 'signed'}.`
    case 'MutationPreview':
      return result.requests.map(({ method, url }) => `Would send ${method} ${url}.`).join('\n')
    case 'InvalidInputError':
      return result.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')
    case 'ConflictError':
      return `${result.existing?.id ?? 'Another webhook'} is in the way.`
    case 'OutcomeUnknownError':
      return `Look at ${result.candidates.map(({ id }) => id).join(', ') || 'the provider'} before you try again.`
    case 'CredentialsRejectedError':
    case 'LimitReachedError':
    case 'NotFoundError':
    case 'PermissionDeniedError':
    case 'RateLimitedError':
    case 'StoreUnavailableError':
    case 'UnsupportedError':
    case 'UpstreamContractError':
    case 'UpstreamRejectedError':
    case 'UpstreamUnavailableError':
      return describeFailure(result)
    default:
      return describeNewcomer(result)
  }
}

/** A later gateway may answer with an error that this program was not built with: the fragment on WebhookError has it. */
function describeNewcomer(result: never): string {
  return describeFailure(result)
}

function describeFailure({ message, retry, retryAfterMs }: FailureFragment): string {
  if (retry === 'SAFE') return `${message} Try again.`
  return retry === 'SAFE_AFTER_DELAY' ? `${message} Try again in ${retryAfterMs ?? 1_000} ms.` : message
}
