import { type Dispatcher, errors } from 'undici'
import {
  InvalidInputError,
  OutcomeUnknownError,
  UpstreamContractError,
  UpstreamUnavailableError,
  type UpstreamFailure,
} from '../errors.ts'
import type { Account } from '../webhook.ts'
import { shownSecret } from '../secret.ts'
import type { Budget } from '../budget.ts'
import { revealBody } from './body.ts'
import { type Call, type Permit, toUrl } from './call.ts'
import { toRefusal } from './failure.ts'
import { toForm } from './form.ts'
import { toAnswerHeaders } from './link.ts'
import { createMask } from './mask.ts'
import type { RateWindow } from './rate.ts'
import { createRedaction } from './redact.ts'
import { type Progress, type ResponseHeaders, send, type WireAnswer } from './send.ts'
import type { Failure, Upstream } from './upstream.ts'

/** Connection settings of one account. */
export interface Endpoint {
  readonly account: Account
  readonly provider: Upstream
  /** Base URL of request paths, without a trailing slash. */
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
  /** Secret values, such as header values, that no text may contain. */
  readonly secrets: readonly string[]
  readonly dispatcher: Dispatcher
  /** Rate limit; omitted if unknown. */
  readonly windows?: readonly RateWindow[] | undefined
}

/** One attempt of a request. */
export interface Attempt {
  /** Number of requests sent so far, including this one. */
  readonly attempts: number
  /** Additional headers. */
  readonly more: Readonly<Record<string, string>>
  readonly budget: Budget
  /** Whether it may still be sent, just before its first byte. */
  readonly isSure?: Permit['isSure'] | undefined
  /** Called with status and headers of every response. */
  observe(status: number, headers: ResponseHeaders, body?: unknown): void
}

/** What a request sends of its own. */
interface Sent {
  readonly own: Readonly<Record<string, string>>
  readonly body: string | null
  /** Those in the body. */
  readonly secrets: readonly string[]
}

/** A parsed response. */
export interface Answered<T> {
  readonly answer: T
  readonly headers: ResponseHeaders
}

/**
 * Sends one request and reads its response. Rejects with a WebhookError: harmless for a read or a write that was never sent,
 * OutcomeUnknownError for a write that was sent but not clearly confirmed.
 */
export function createExchange(endpoint: Endpoint) {
  const { account, provider, dispatcher } = endpoint
  const { origin, pathname } = new URL(endpoint.baseUrl)
  const baseUrl = `${origin}${pathname === '/' ? '' : pathname}`
  const readHeaders = { accept: 'application/json', ...endpoint.headers }
  const isForm = provider.encoding === 'FORM'
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const bodyHeaders = { accept: 'application/json', 'content-type': type, ...endpoint.headers }
  const bodiless: Sent = { own: readHeaders, body: null, secrets: [] }

  const mask = createMask(endpoint.secrets)

  async function exchange<T>(call: Call<T>, attempt: Attempt): Promise<Answered<T>> {
    const { attempts, observe, more, isSure } = attempt
    const { signal } = attempt.budget
    const { own, body, secrets } = call.body === undefined ? bodiless : toSent(call.body)
    const describe = (status: number | null, code: string | null = null, message: string | null = null): UpstreamFailure => {
      const { toShownText } = createRedaction([...endpoint.secrets, ...secrets])
      return { account, status, code: code && toShownText(code), message: message && toShownText(message), attempts }
    }
    const { method } = call
    const progress: Progress = { sent: false, status: null }
    let answered: WireAnswer
    try {
      const request = {
        origin,
        path: toTarget(toUrl(call, baseUrl)),
        method,
        headers: { ...more, ...own, ...call.headers },
        body,
      }
      answered = await send(dispatcher, request, signal, progress, isSure)
    } catch (cause) {
      throw toTransportError(cause, call, progress.sent, signal, describe(progress.status))
    }
    const { status, headers, text } = answered
    // Any other 2xx can be a part of what a read asked for, or a copy of something else.
    const isAnswer = status === 200 || (call.effect === 'WRITE' && status < 300)
    const known = isAnswer ? call.answer.recognize?.(text) : undefined
    if (known !== undefined) {
      observe(status, headers)
      call.onRead?.(Buffer.byteLength(text))
      return { answer: known, headers }
    }
    const parsed = parseJson(text, provider.exactIntegers)
    observe(status, headers, parsed === unreadable ? undefined : parsed)

    const masks = secrets.length === 0 ? [mask] : [mask, createMask(secrets)]
    const shown = parsed === unreadable ? parsed : masks.reduce((rest, { hide }) => hide(rest, text), parsed)
    let mismatch: unknown
    if (isAnswer && shown !== unreadable) {
      const answer = call.answer.safeParse(shown)
      if (answer.success) {
        call.onRead?.(Buffer.byteLength(text))
        return { answer: answer.data, headers }
      }
      mismatch = answer.error
    }
    const failure = provider.readFailure(status, shown === unreadable ? undefined : shown, toAnswerHeaders(headers))
    const upstream = describe(status, failure?.code, failure?.message)
    // Some providers do not document the status of errors, so a recognized error body counts with any status.
    if (status < 300 && failure?.meaning === undefined) throw toUnreadableError(call, upstream, mismatch, failure)
    if (failure?.meaning?.kind === 'RATE_LIMITED') observe(429, headers)
    throw toRefusal({ provider, upstream, status, failure, headers, effect: call.effect })
  }

  function toTarget(url: string): string {
    // A token is never sent to another origin.
    if (!url.startsWith(`${origin}/`)) throw new TypeError('A link must be at the origin of the account.')
    return url.slice(origin.length)
  }

  function toSent(body: object): Sent {
    const { json, secrets } = revealBody(body)
    if (json.includes(shownSecret)) throw toMaskedInputError()
    return { own: bodyHeaders, body: isForm ? toForm(body) : json, secrets }
  }

  /** Prevents writing back a value in which a secret was masked on read. */
  function toMaskedInputError() {
    const message =
      `A value contains the placeholder ${shownSecret}. At ${provider.displayName}, it contains a secret of account "${account.slug}" ` +
      'that would be overwritten. Nothing was changed. Provide new values for url, name and options without the placeholder.'
    return new InvalidInputError([{ path: ['input'], code: 'MASKED_SECRET', message }])
  }

  function toTransportError(cause: unknown, call: Call<unknown>, sent: boolean, signal: AbortSignal, upstream: UpstreamFailure) {
    const facts = { cause, upstream }
    if (sent && call.effect === 'WRITE') return toUnknown('the connection closed before a response arrived', facts)
    if (cause instanceof errors.ResponseExceededMaxSizeError) {
      const message = `The response from ${provider.displayName} is larger than the gateway accepts. To raise the limit, set HOOKQL_MAX_RESPONSE_BYTES.`
      return new UpstreamContractError(message, facts)
    }
    const retry = 'Nothing was changed. Retry later.'
    return isTimeout(cause, signal)
      ? new UpstreamUnavailableError(`${provider.displayName} did not respond in time. ${retry}`, 'TIMEOUT', facts)
      : new UpstreamUnavailableError(`The connection to ${provider.displayName} failed. ${retry}`, 'CONNECTION', facts)
  }

  function toUnreadableError(call: Call<unknown>, upstream: UpstreamFailure, cause: unknown, failure: Failure | null) {
    const facts = { cause, upstream }
    if (call.effect === 'WRITE') return toUnknown('the response could not be read', facts)
    if (failure !== null) {
      const message = `${provider.displayName} responded with an error that the gateway does not know. See upstream.message for its reason.`
      return new UpstreamContractError(message, facts)
    }
    const advice = `Check the base URL of account "${account.slug}" and any proxy in between.`
    return new UpstreamContractError(
      `The response from ${provider.displayName} does not match its documentation. ${advice}`,
      facts,
    )
  }

  function toUnknown(what: string, facts: { cause: unknown; upstream: UpstreamFailure }) {
    return new OutcomeUnknownError(
      `The request was sent to ${provider.displayName}, but ${what}. It may have been carried out. Check before you retry.`,
      [],
      facts,
    )
  }

  return exchange
}

const unreadable = Symbol('not JSON')

/** The parsed JSON, undefined for an empty body, `unreadable` for anything else. */
function parseJson(text: string, exactIntegers = false): unknown {
  if (text === '') return undefined
  try {
    // Reviving takes several times as long, so only for what can have such an integer.
    return exactIntegers && /\d{16}/.test(text) ? JSON.parse(text, reviveInteger) : JSON.parse(text)
  } catch {
    return unreadable
  }
}

/** An integer that a number would round, as its text. */
function reviveInteger(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? ''
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? source : value
}

function isTimeout(cause: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted ||
    cause instanceof errors.ConnectTimeoutError ||
    cause instanceof errors.HeadersTimeoutError ||
    cause instanceof errors.BodyTimeoutError
  )
}
