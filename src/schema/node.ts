import { GraphQLError } from 'graphql'
import type { Scope } from '../caller.ts'
import { NotFoundError, UnsupportedError, WebhookError } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { formatId, parseId } from '../id.ts'
import { mostItems } from '../gateway/input.ts'
import { needs } from './authorization.ts'
import type { Builder, Node } from './builder.ts'
import type { Context } from './context.ts'
import { toWebhookType } from './webhook.ts'

/** The interface Node, and `node` and `nodes`: any object by its global id. */
export function addNodes(builder: Builder): void {
  builder.interfaceType('Node', {
    description: 'An object with a global ID.',
    resolveType: (node, { gateway }) => toNodeType(node, gateway),
    fields: (t) => ({ id: t.id({ description: 'Opaque, stable global ID.', resolve: toId }) }),
  })
  builder.queryFields((t) => ({
    node: t.field({
      type: 'Node',
      nullable: true,
      description:
        'Looks up any object by its global ID. Null if it does not exist. If it cannot be read, null with an entry in the top-level `errors`.',
      extensions: needs(({ id }) => listScopes([id])),
      args: {
        id: t.arg.id({
          required: true,
          description: 'The `id` of a Webhook, Delivery, Account or Provider. A Delivery requires scope deliveries:read.',
        }),
      },
      resolve: (_, { id }, context) => readNode(id, context),
    }),
    nodes: t.field({
      type: ['Node'],
      nullable: { list: false, items: true },
      description:
        'Same as node, in the order of `ids`. Several webhooks of one account cost one list and one request for each that is missing from it.',
      extensions: needs(({ ids }) => listScopes(ids)),
      args: { ids: t.arg.idList({ required: true, description: `Up to ${mostItems} IDs.` }) },
      resolve: (_, { ids }, context) => {
        requireBounded('ids', ids)
        return ids.map((id) => readNode(id, context))
      },
    }),
  }))
}

/** What it takes to read these nodes, beside what every query takes. */
function listScopes(ids: unknown): readonly Scope[] {
  // A list that is too long is refused, and nothing done with its items.
  if (!Array.isArray(ids) || ids.length > mostItems) return []
  return ids.some((id) => typeof id === 'string' && parseId(id)?.kind === 'delivery') ? ['deliveries:read'] : []
}

/** The GraphQL type of what a global id stands for. */
function toNodeType(node: Node, gateway: Gateway): string {
  if ('webhookId' in node) return 'Delivery'
  if ('upstreamId' in node) return toWebhookType(node, gateway)
  return 'slug' in node ? 'Account' : 'Provider'
}

function toId(node: Node): string {
  if ('id' in node) return node.id
  return formatId('slug' in node ? { kind: 'account', slug: node.slug } : { kind: 'provider', name: node.name })
}

async function readNode(id: string, { gateway, get, getDelivery }: Context): Promise<Node | null> {
  const parsed = parseId(id)
  switch (parsed?.kind) {
    case 'provider':
      return gateway.providers.find(({ name }) => name === parsed.name) ?? null
    case 'account':
      return gateway.findAccount(parsed.slug) ?? null
    case 'webhook':
      return get(id).catch(toNodeError)
    case 'delivery':
      // No id that was made here leads to a log that a provider does not have.
      return getDelivery(id).catch((cause: unknown) => (cause instanceof UnsupportedError ? null : toNodeError(cause)))
    case undefined:
      return null
  }
}

/** `node` has no union for errors: what is not there is null, what could not be read says so. */
function toNodeError(cause: unknown): null {
  if (cause instanceof NotFoundError) return null
  throw toReadError(cause)
}

/** What a field without a union throws where something could not be read: all that the union's member would have said. */
export function toReadError(cause: unknown): unknown {
  if (!(cause instanceof WebhookError)) return cause
  const { code, retry, retryAfterMs, upstream } = cause
  return new GraphQLError(cause.message, {
    extensions: { code, retry, retryAfterMs, upstream: upstream && { ...upstream, account: upstream.account.slug } },
  })
}

/** Refuses a list of an argument that is too long, before anything is done with its items. */
export function requireBounded(path: string, items: readonly unknown[] | null | undefined): void {
  if (items == null || items.length <= mostItems) return
  throw toBadInput(`${path} accepts at most ${mostItems} items but got ${items.length}. Split them over several operations.`)
}

/** For what the caller did wrong in a field without a union. The message names the way out. */
export function toBadInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
