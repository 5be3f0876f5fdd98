import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from '../caller.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { createFieldBound } from './answer.ts'
import { findWrongList, findWrongOwnList } from '../schema/webhook-list.ts'
import { boundCalls } from './cost.ts'
import type { Selection } from './selection.ts'

/** What one operation may ask for, and how often a caller may ask. */
export interface Limits {
  /** Words and signs of a document. */
  readonly tokens: number
  /** Fields within each other. */
  readonly depth: number
  /** Mutations in one operation. */
  readonly mutations: number
  /** Fields of Query in one operation. */
  readonly rootFields: number
  /** Calls to providers that one operation may come to. */
  readonly upstreamCalls: number
  /** Fields that its answer may have. */
  readonly answerFields: number
  /** How long a query may take; and after how long no mutation of an operation begins any more. */
  readonly operationTimeoutMs: number
  readonly requestsPerMinute: number
  /** Bytes of answers that may wait for clients to read them: in all, and those of one caller. */
  readonly unsentBytes: number
  readonly callerUnsentBytes: number
  /** How long a client may take to read an answer. */
  readonly sendTimeoutMs: number
}

export const defaultLimits: Limits = {
  tokens: 2_000,
  depth: 15,
  mutations: 10,
  rootFields: 100,
  upstreamCalls: 250,
  answerFields: 40_000,
  operationTimeoutMs: 30_000,
  requestsPerMinute: 6_000,
  unsentBytes: 100_000_000,
  callerUnsentBytes: 20_000_000,
  sendTimeoutMs: 60_000,
}

/** Counts requests of a caller: any store of rate-limiter-flexible, so that replicas can share one. */
export interface RequestCounter {
  /** Rejects with RateLimiterRes when there were too many. */
  consume(key: string): Promise<unknown>
}

const minuteSeconds = 60

/** Counts in this process. Its library asks the wall clock for how long to wait, and that may have been set back. */
export function createRequestCounter(requestsPerMinute: number): RequestCounter {
  const counter = new RateLimiterMemory({ points: requestsPerMinute, duration: minuteSeconds })
  return {
    async consume(key) {
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

/** Counts a request of a caller; the error for one that asks too often. */
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

/** Finds out why an operation asks for too much of some accounts; null where it does not. Nobody is called. */
export function createJudge(schema: GraphQLSchema, limits: Limits) {
  const boundFields = createFieldBound(schema)
  return (selection: Selection, gateway: Gateway): GraphQLError | null =>
    findWrongArguments(selection, gateway) ?? findExcess(selection, gateway, limits, boundFields)
}

/** A list of webhooks has no place for errors, and below a write one would take that write's answer away. */
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
  if (depth > limits.depth) return tooLarge('depth', depth, limits.depth, 'levels of nested fields')
  if (operation.operation === OperationTypeNode.MUTATION && roots.length > limits.mutations) {
    return tooLarge('mutations', roots.length, limits.mutations, 'mutations')
  }
  if (roots.length > limits.rootFields) return tooLarge('rootFields', roots.length, limits.rootFields, 'root fields')
  const less = 'Request fewer webhooks, accounts or deliveries. '
  const calls = boundCalls(selection, gateway)
  if (calls > limits.upstreamCalls)
    return tooLarge('upstreamCalls', calls, limits.upstreamCalls, 'possible upstream requests', less)
  const fields = boundFields(selection, gateway)
  if (fields > limits.answerFields)
    return tooLarge('answerFields', fields, limits.answerFields, 'possible fields in the response', less)
  return null
}

function tooLarge(limit: keyof Limits, asked: number, maximum: number, what: string, advice = ''): GraphQLError {
  const message = `This operation has ${asked} ${what}, but at most ${maximum} are allowed. ${advice}Nothing was changed.`
  return refuse('OPERATION_TOO_LARGE', 400, message, {}, { limit, asked, maximum })
}

function refuse(code: string, status: number, message: string, http: object, more: object = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more, http: { status, ...http } } })
}
