import { GraphQLError } from 'graphql'
import type { Scope } from '../caller.ts'
import { NotFoundError, UnsupportedError } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { formatId, parseId } from '../id.ts'
import { mostItems } from '../gateway/input.ts'
import { needs } from './authorization.ts'
import type { Builder, Node } from './builder.ts'
import type { Context } from './context.ts'
import { toReadError } from './read-error.ts'
import { toWebhookType } from './webhook.ts'

/** The Node interface, and `node` and `nodes`, which look up any object by global ID. */
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
        'Looks up any object by its global ID. Null if it does not exist. If it cannot be read, the result is null with an entry in the top-level `errors`.',
      extensions: needs(({ id }) => listScopes([id])),
      args: {
        id: t.arg.id({
          required: true,
          description:
            'The `id` of a Webhook, Delivery, Account, Provider or JournalEntry. A Delivery requires scope deliveries:read, a JournalEntry journal:read.',
        }),
      },
      resolve: (_, { id }, context) => readNode(id, context),
    }),
    nodes: t.field({
      type: ['Node'],
      nullable: { list: false, items: true },
      description:
        'Same as node, in the order of `ids`. Reading several webhooks of one account takes one list request, plus one for each webhook missing from it.',
      extensions: needs(({ ids }) => listScopes(ids)),
      args: { ids: t.arg.idList({ required: true, description: `Up to ${mostItems} IDs.` }) },
      resolve: (_, { ids }, context) => {
        requireBounded('ids', ids)
        return ids.map((id) => readNode(id, context))
      },
    }),
  }))
}

const scopesOf: Readonly<Partial<Record<string, readonly Scope[]>>> = { delivery: ['deliveries:read'], entry: ['journal:read'] }

/** Scopes required for these nodes, in addition to those of every query. */
function listScopes(ids: unknown): readonly Scope[] {
  // A list that is too long is rejected without reading its items.
  if (!Array.isArray(ids) || ids.length > mostItems) return []
  return ids.flatMap((id) => (typeof id === 'string' ? (scopesOf[parseId(id)?.kind ?? ''] ?? []) : []))
}

/** The GraphQL type that a global ID refers to. */
function toNodeType(node: Node, gateway: Gateway): string {
  if ('operation' in node) return 'JournalEntry'
  if ('webhookId' in node) return 'Delivery'
  if ('upstreamId' in node) return toWebhookType(node, gateway)
  return 'slug' in node ? 'Account' : 'Provider'
}

function toId(node: Node): string {
  if ('id' in node) return node.id
  return formatId('slug' in node ? { kind: 'account', slug: node.slug } : { kind: 'provider', name: node.name })
}

async function readNode(id: string, { gateway, get, getDelivery, getEntry }: Context): Promise<Node | null> {
  const parsed = parseId(id)
  switch (parsed?.kind) {
    case 'provider':
      return gateway.providers.find(({ name }) => name === parsed.name) ?? null
    case 'account':
      return gateway.findAccount(parsed.slug) ?? null
    case 'webhook':
      return get(id).catch(toNodeError)
    case 'delivery':
      // The gateway creates no delivery IDs for providers without a delivery log.
      return getDelivery(id).catch((cause: unknown) => (cause instanceof UnsupportedError ? null : toNodeError(cause)))
    case 'entry':
      return getEntry(id).catch(toNodeError)
    case undefined:
      return null
  }
}

/** `node` has no error union: a missing object is null, and an unreadable one is an error. */
function toNodeError(cause: unknown): null {
  if (cause instanceof NotFoundError) return null
  throw toReadError(cause)
}

/** Rejects an argument list that is too long before its items are read. */
export function requireBounded(path: string, items: readonly unknown[] | null | undefined): void {
  if (items == null || items.length <= mostItems) return
  throw toBadInput(`${path} accepts at most ${mostItems} items but got ${items.length}. Split them over several operations.`)
}

/** An error for invalid input to a field without a union. The message says how to fix it. */
export function toBadInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
