import { GraphQLError } from 'graphql'
import { isRecord } from '../gateway/unchecked.ts'
import type { GraphQLRequest } from './operation.ts'
import { hasHash, toNotSupported } from './persisted.ts'
import { toTooLarge } from './too-large.ts'
import { findTrusted, type TrustedDocuments } from './trusted-documents.ts'

/** Maximum size of a request body without a plan. */
export const maxBodyBytes = 100_000

/** Allowed fields of a body and their types; null means unset. */
const members: Readonly<Record<string, 'string' | 'object'>> = {
  query: 'string',
  operationName: 'string',
  variables: 'object',
  extensions: 'object',
}

/** Parses a request body. Errors do not repeat its content, which may contain secrets. */
export function createBodyReader(trustedDocuments: TrustedDocuments | null): (text: string) => GraphQLRequest {
  const known = trustedDocuments === null ? members : { ...members, documentId: 'string' }
  return (text) => {
    const isLarge = Buffer.byteLength(text) > maxBodyBytes
    // Only a plan may be, or a document that stands for one.
    if (isLarge && trustedDocuments === null && !/webhookPlan\b/i.test(text)) throw toTooLarge()
    const body = parse(text)
    if (Array.isArray(body)) throw toBadRequest('Batching is not supported. Send each operation in its own request.')
    if (!isRecord(body)) throw toBadRequest('The request body must be a JSON object.')
    checkMembers(body, known)
    const query = trustedDocuments === null ? readQuery(body) : findTrusted(body, trustedDocuments)
    if (trustedDocuments === null && query.length > maxBodyBytes) throw toTooLarge()
    return { query, operationName: readText(body['operationName']), variables: readObject(body['variables']), isLarge }
  }
}

function checkMembers(body: Readonly<Record<string, unknown>>, known: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(body)) {
    const type = Object.hasOwn(known, name) ? known[name] : undefined
    if (value === null) continue
    if (type === undefined) throw toBadRequest(`The request body can only contain ${Object.keys(known).join(', ')}.`)
    if (type === 'string' ? typeof value !== 'string' : !isRecord(value))
      throw toBadRequest(`"${name}" in the request body must be of type ${type}.`)
  }
}

function readQuery({ query, extensions }: Readonly<Record<string, unknown>>): string {
  if (typeof query === 'string') return query
  throw hasHash(extensions) ? toNotSupported() : toBadRequest('The request body has no "query".')
}

const readText = (value: unknown) => (typeof value === 'string' ? value : null)
const readObject = (value: unknown) => (isRecord(value) ? value : null)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw toBadRequest('The request body is not valid JSON.')
  }
}

function toBadRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
}

/** Only for the log: the client has disconnected. */
export function toBrokenOff(): GraphQLError {
  return toBadRequest('The request body is incomplete.')
}

/** An error of the embedding program. */
export function toAlreadyRead(): GraphQLError {
  const message =
    'The request body was already read before the gateway received the request. Do not read it first, or set the parsed body as `request.body`.'
  return new GraphQLError(message, { extensions: { code: 'BODY_ALREADY_READ', http: { status: 500 } } })
}
