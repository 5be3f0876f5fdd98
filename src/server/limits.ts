import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from '../caller.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { toPortion } from '../portion.ts'
import { createFieldBound } from './field-bound.ts'
import { findWrongList, findWrongOwnList } from '../schema/webhook-list.ts'
import { boundCalls } from './cost.ts'
import { countDesired, fieldsPerDesired } from './plan-cost.ts'
import type { Selection } from './selection.ts'

/** Limits per operation and per caller. */
export const defaultLimits = {
  /** Lexical tokens in a document. */
  tokens: 2_000,
  /** Nesting depth. */
  depth: 15,
  /** Mutations per operation. */
  mutations: 10,
  /** Query root fields per operation. */
  rootFields: 100,
  /** Upstream requests per operation. */
  upstreamCalls: 250,
  /** Bytes of a request body with a plan; any other has at most `maxBodyBytes`. */
  planBytes: 5_000_000,
  /** Fields in the response. */
  answerFields: 40_000,
  /** Timeout of a query, and time after which no further mutation of an operation starts. */
  operationTimeoutMs: 30_000,
  requestsPerMinute: 6_000,
  /** Response bytes waiting for clients to read them, in total and per caller. */
  unsentBytes: 100_000_000,
  callerUnsentBytes: 20_000_000,
  /** Time a client has to read a response. */
  sendTimeoutMs: 60_000,
}
export type Limits = Readonly<typeof defaultLimits>

/** Counts requests per caller. Any rate-limiter-flexible store works, so that replicas can share one. */
export interface RequestCounter {
  /** Rejects with RateLimiterRes if there were too many. */
  consume(key: string): Promise<unknown>
}

const minuteSeconds = 60

/**
 * Counts in this process, up to its share of the limit if there are several. The library uses the wall clock for delays, which may
 * have been set back.
 */
export function createRequestCounter(requestsPerMinute: number, countProcesses: () => number = () => 1): RequestCounter {
  const counter = new RateLimiterMemory({ points: requestsPerMinute, duration: minuteSeconds })
  return {
    async consume(key) {
      counter.points = toPortion(requestsPerMinute, countProcesses())
      try {
        return await counter.consume(key)
      } catch (reason) {
        if (!(reason instanceof RateLimiterRes)) throw reason
        Object.assign(reason, { msBeforeNext: Math.min(reason.msBeforeNext, minuteSeconds * 1_000) })
        throw reason
      }
    },
  }
}

/** Counts a request of a caller; returns the error if there were too many. */
export async function countRequest(counter: RequestCounter, { name }: Caller): Promise<GraphQLError | null> {
  try {
    await counter.consume(name)
    return null
  } catch (reason) {
    if (!(reason instanceof RateLimiterRes)) throw reason
    const seconds = Math.ceil(reason.msBeforeNext / 1_000)
    return refuse('TOO_MANY_REQUESTS', 429, `Too many requests. Retry in ${seconds} s.`, {
      headers: { 'retry-after': String(seconds) },
    })
  }
}

/** Why an operation exceeds the limits for these accounts; null if it does not. Sends no requests. */
export function createJudge(schema: GraphQLSchema, limits: Limits) {
  const boundFields = createFieldBound(schema)
  return (selection: Selection, gateway: Gateway): GraphQLError | null =>
    findWrongArguments(selection, gateway) ?? findExcess(selection, gateway, limits, boundFields)
}

/** A list of webhooks has no error field, and an error below a write would discard the result of the write. */
function findWrongArguments({ fields }: Selection, gateway: Gateway): GraphQLError | null {
  for (const { parent, definition, args, node } of fields) {
    if (definition.name !== 'webhooks' || (parent.name !== 'Account' && parent.name !== 'Query')) continue
    const error = (parent.name === 'Account' ? findWrongOwnList : findWrongList)(args, gateway)
    if (error !== null)
      return new GraphQLError(error.message, { nodes: node, extensions: { ...error.extensions, http: { status: 400 } } })
  }
  return null
}

function findExcess(
  selection: Selection,
  gateway: Gateway,
  limits: Limits,
  boundFields: ReturnType<typeof createFieldBound>,
): GraphQLError | null {
  const { operation, depth, roots } = selection
  const split = 'Split it into several operations. '
  if (depth > limits.depth) return tooLarge('depth', depth, limits.depth, 'levels of nested fields', 'Nest fields less deeply. ')
  if (operation.operation === OperationTypeNode.MUTATION && roots.length > limits.mutations) {
    return tooLarge('mutations', roots.length, limits.mutations, 'mutations', split)
  }
  if (roots.length > limits.rootFields) return tooLarge('rootFields', roots.length, limits.rootFields, 'root fields', split)
  const less = 'Request fewer webhooks, accounts or deliveries. '
  const calls = boundCalls(selection, gateway)
  if (calls > limits.upstreamCalls)
    return tooLarge('upstreamCalls', calls, limits.upstreamCalls, 'possible upstream requests', less)
  const fields = boundFields(selection, gateway)
  const mostFields = limits.answerFields + countDesired(roots) * fieldsPerDesired
  if (fields > mostFields) return tooLarge('answerFields', fields, mostFields, 'possible fields in the response', less)
  return null
}

function tooLarge(limit: keyof Limits, asked: number, maximum: number, what: string, advice: string): GraphQLError {
  const message = `This operation has ${asked} ${what}, but at most ${maximum} are allowed. ${advice}Nothing was changed.`
  return refuse('OPERATION_TOO_LARGE', 400, message, {}, { limit, asked, maximum })
}

function refuse(code: string, status: number, message: string, http: object, more: object = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more, http: { status, ...http } } })
}
