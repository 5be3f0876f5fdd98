import { GraphQLError } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { isRecord } from '../gateway/unchecked.ts'
import { hasHash, toNotSupported } from './persisted.ts'

/** What a body may have, and of what type; null stands for nothing. */
const members: Readonly<Record<string, 'string' | 'object'>> = {
  query: 'string',
  operationName: 'string',
  variables: 'object',
  extensions: 'object',
}

/** Reads the body of a request. What is wrong with it is said without repeating it, since it may have secrets. */
export function useBody(trustedDocuments: boolean): Plugin {
  const known = trustedDocuments ? { ...members, documentId: 'string' } : members
  return {
    onRequestParse({ request, setRequestParser }) {
      if (request.bodyUsed || request.body?.locked === true) throw toAlreadyRead()
      setRequestParser(async (given) => readBody(await given.text(), known, !trustedDocuments))
    },
  }
}

function readBody(text: string, known: Readonly<Record<string, string>>, needsQuery: boolean): GraphQLParams {
  const body = parse(text)
  if (Array.isArray(body)) throw toBadRequest('Batching is not supported: send each operation in a request of its own.')
  if (!isRecord(body)) throw toBadRequest('The body is no JSON object.')
  for (const [name, value] of Object.entries(body)) {
    const type = Object.hasOwn(known, name) ? known[name] : undefined
    if (value === null) continue
    if (type === undefined) throw toBadRequest(`The body may have ${Object.keys(known).join(', ')} and nothing else.`)
    if (type === 'string' ? typeof value !== 'string' : !isRecord(value))
      throw toBadRequest(`"${name}" is no ${type} in the body.`)
  }
  if (needsQuery && (body['query'] ?? null) === null) {
    throw hasHash(body['extensions']) ? toNotSupported() : toBadRequest('The body has no "query".')
  }
  return body
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw toBadRequest('The body is no valid JSON.')
  }
}

function toBadRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
}

/** The mistake of a program that the gateway is built into. */
function toAlreadyRead(): GraphQLError {
  const message =
    'The body was read before the gateway got the request. Leave it unread, or leave what it was as `body` at the request.'
  return new GraphQLError(message, { extensions: { code: 'BODY_ALREADY_READ', http: { status: 500 } } })
}
