import * as z from 'zod'
import type { Http, Path, Read, Reader, Write } from '../http/call.ts'
import type { AnswerHeaders } from '../http/link.ts'
import type { Failure, Meaning } from '../http/upstream.ts'
import type { Batch } from '../webhook.ts'
import type { WirePage } from './pages.ts'
import { wireAnswer, wireArray, wireMembers } from './wire.ts'

declare const fixed: unique symbol

/** A GraphQL document of an adapter. */
export type Document = string & { readonly [fixed]: true }

/** Tag for documents. Its only parts are other documents, such as fragments: input is only ever a variable. */
export function graphql(literals: TemplateStringsArray, ...parts: readonly Document[]): Document {
  // The source fixes the literals and all parts: this is the only place that creates a Document.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return String.raw({ raw: literals }, ...parts) as Document
}

export interface GraphqlRead<T> extends Pick<Read<T>, 'cost'> {
  readonly document: Document
  /** Undefined members are omitted, and a `Secret` is sent in clear. */
  readonly variables?: object
  /** Schema of `data`. Never sees a response with `errors`, or with a root field that has `userErrors`. */
  readonly answer: z.ZodType<T>
}

export interface GraphqlWrite<T> extends GraphqlRead<T>, Pick<Write<T>, 'headers' | 'assumed'> {}

/** Requests to a GraphQL API. Its statement's `readFailure` comes from `readGraphqlFailure`. */
export function createGraphql(http: Http, path: Path) {
  const toCall = <T>({ document, variables = {}, answer }: GraphqlRead<T>) =>
    ({ method: 'POST', path, kind: document, body: { query: document, variables }, answer: toAnswer(answer) }) as const
  return {
    query<T>({ document, variables = {}, answer, ...more }: GraphqlRead<T>): Promise<T> {
      return http.read({ ...more, ...toCall({ document, variables, answer }), answer: toReadAnswer(answer) })
    },
    mutate<T>({ document, variables = {}, answer, ...more }: GraphqlWrite<T>): Promise<T> {
      return http.write({ ...more, ...toCall({ document, variables, answer }) })
    },
  }
}

function toAnswer<T>(data: z.ZodType<T>): Reader<T> {
  return {
    safeParse(body) {
      const response = wireResponse.safeParse(body).data
      const isAccepted = response?.errors.length === 0 && Object.values(response.data ?? {}).every(hasNoUserErrors)
      return isAccepted ? data.safeParse(response.data) : { success: false, error: new Error('errors') }
    },
  }
}

/** Same, where errors about fields below a root field cost these alone: they are missing from what is read. */
function toReadAnswer<T>(data: z.ZodType<T>): Reader<T> {
  const whole = toAnswer(data)
  return {
    safeParse(body) {
      const { data: sent, errors } = wireResponse.safeParse(body).data ?? { data: null, errors: [] }
      if (sent === null || errors.length === 0) return whole.safeParse(body)
      const readable = structuredClone(sent)
      const areAside = errors.every(({ path }) => path.length > 1 && leaveOut(readable, path))
      return whole.safeParse(areAside ? { data: readable } : body)
    },
  }
}

/** Removes what an error has made null; returns false if it is not there. */
function leaveOut(data: object, path: GraphqlError['path']): boolean {
  const owner = path.slice(0, -1).reduce<unknown>((part, name) => readMember(part, name), data)
  const name = path.at(-1)
  if (name === undefined || !isObject(owner) || readMember(owner, name) !== null) return false
  return Reflect.deleteProperty(owner, name)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function readMember(value: unknown, name: string | number): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

/** A page of a connection, for `readPages`. If another page follows, it says where that one starts. */
export function wireConnection<Item>(nodes: z.ZodType<Batch<Item>>): z.ZodType<WirePage<string | undefined, Item>> {
  const next = z.object({ hasNextPage: z.literal(true), endCursor: z.string() }).transform(({ endCursor }) => endCursor)
  const end = z.object({ hasNextPage: z.literal(false) }).transform(() => null)
  return z.object({ nodes, pageInfo: z.union([next, end]) }).transform((page) => ({ batch: page.nodes, next: page.pageInfo }))
}

/** An item of `errors`. */
export interface GraphqlError {
  readonly message: string
  /** From its extensions. */
  readonly code: string | null
  /** One part for a root field that failed as a whole; none if nothing was executed. */
  readonly path: readonly (string | number)[]
  readonly extensions: Readonly<Record<string, unknown>>
}

/** An item of the `userErrors` of a root field. */
export interface GraphqlUserError {
  readonly message: string
  readonly code: string | null
  readonly field: readonly string[] | null
}

/** A response that is not what was asked for. */
export interface GraphqlRefusal {
  readonly status: number
  readonly headers: AnswerHeaders
  /** By root field; null if there is none. */
  readonly data: Readonly<Record<string, unknown>> | null
  readonly errors: readonly GraphqlError[]
  readonly userErrors: readonly GraphqlUserError[]
}

const text = z.string().nullish().catch(null)
const wireError = z
  .object({
    message: z.string(),
    path: z.array(z.union([z.string(), z.int()])).nullish(),
    extensions: wireMembers.nullish(),
  })
  .transform(({ message, path, extensions }): GraphqlError => ({
    message,
    code: text.parse(extensions?.['code']) ?? null,
    path: path ?? [],
    extensions: extensions ?? {},
  }))
const wireUserError = z
  .object({ message: z.string(), code: text, field: z.array(z.string()).nullish().catch(null) })
  .transform(({ message, code, field }): GraphqlUserError => ({ message, code: code ?? null, field: field ?? null }))

/** Some APIs refuse credentials with a text as `errors`. */
const wireErrorText = z.string().transform((message): GraphqlError[] => [{ message, code: null, path: [], extensions: {} }])
const wireResponse = wireAnswer(
  z
    .object({ data: wireMembers.nullish(), errors: z.union([wireArray(wireError), wireErrorText]).nullish() })
    .refine(({ data, errors }) => data !== undefined || errors != null)
    .transform(({ data, errors }) => ({ data: data ?? null, errors: errors ?? [] })),
)
const wireAccepted = z.object({ userErrors: z.tuple([]).nullish() })
const wirePayload = z.object({ userErrors: wireArray(wireUserError) })

/** Errors that cannot be read are errors too. */
function hasNoUserErrors(payload: unknown): boolean {
  return !wireMembers.safeParse(payload).success || wireAccepted.safeParse(payload).success
}

function listUserErrors(data: GraphqlRefusal['data']): readonly GraphqlUserError[] {
  return Object.values(data ?? {}).flatMap((payload) => wirePayload.safeParse(payload).data?.userErrors ?? [])
}

/**
 * The `readFailure` of a GraphQL API. `toMeaning` says what a refusal means; undefined if it does not know: then with status 200,
 * a write may have been carried out, and a read violates the contract. It is asked about each of several errors alone, with all of the
 * `userErrors` together, and the worst counts, whatever the order. A meaning that says that nothing was carried out does not
 * count if a part was: then a write may have been carried out, whatever the status. `toText` is the text of an error for people,
 * where that is not its message.
 */
export function readGraphqlFailure(
  toMeaning: (refusal: GraphqlRefusal) => Meaning | undefined,
  toText: (error: GraphqlError) => string = ({ message }) => message,
) {
  return (status: number, body: unknown, headers: AnswerHeaders): Failure | null => {
    const response = wireResponse.safeParse(body).data
    if (response === undefined) return null
    const { data, errors } = response
    const userErrors = listUserErrors(data)
    const [first] = [...errors, ...userErrors]
    const texts = [...errors.map(toText), ...userErrors.map(({ message }) => message)]
    const alone = errors.map((error) => toMeaning({ status, headers, data, errors: [error], userErrors: [] }))
    const rest = toMeaning({ status, headers, data, errors: [], userErrors })
    const known = first === undefined || userErrors.length > 0 ? toWorst([...alone, rest]) : toWorst(alone)
    if (first === undefined && known === undefined) return null
    const meaning = isExecuted(response) ? toExecuted(status, known) : known
    const message = texts.length === 0 ? null : texts.join('; ')
    return { code: first?.code ?? null, message, ...(meaning && { meaning }) }
  }
}

const wireProblems = z.object({ problems: z.array(z.object({ path: z.array(z.coerce.string()) })) })

/** Which variable an INVALID_VARIABLE of graphql-ruby is about, and which of its fields. */
export function readInvalidVariable({ message, extensions }: GraphqlError) {
  const [, variable = ''] = /^Variable \$(\w+) /.exec(message) ?? []
  const problems = wireProblems.safeParse(extensions).data?.problems ?? []
  return { variable, fields: problems.map(({ path: [field = variable] }) => field) }
}

/** The meaning of several errors: any of them may be the one after which something was carried out. */
function toWorst(each: readonly (Meaning | undefined)[]): Meaning | undefined {
  const doubtful = each.find((meaning) => meaning?.kind === 'SERVER_ERROR' || meaning?.kind === 'IN_PROGRESS')
  return doubtful ?? (each.includes(undefined) ? undefined : each[0])
}

/** Whether a root field was executed, at least in part: an error is beside data or below the field, or has a result beside it. */
function isExecuted({ data, errors }: Pick<GraphqlRefusal, 'data' | 'errors'>): boolean {
  const payloads = Object.values(data ?? {})
  if (payloads.some(hasResult)) return true
  if (errors.length === 0) return false
  return payloads.some((payload) => payload !== null) || errors.some(({ path }) => path.length > 1)
}

/** Whether a payload with `userErrors` has anything else. */
function hasResult(payload: unknown): boolean {
  const { userErrors, ...others } = wireMembers.safeParse(payload).data ?? {}
  return (
    Array.isArray(userErrors) && userErrors.length > 0 && Object.values(others).some((other) => other !== null && other !== false)
  )
}

function toExecuted(status: number, known: Meaning | undefined): Meaning | undefined {
  return known?.kind === 'SERVER_ERROR' || status >= 300 ? { kind: 'SERVER_ERROR' } : undefined
}
