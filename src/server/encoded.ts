import { GraphQLError } from 'graphql'

/** Whether a body has to be decoded before it can be read. */
export function isEncoded(contentEncoding: string | null | undefined): boolean {
  return contentEncoding != null && !/^\s*(?:identity\s*)?$/i.test(contentEncoding)
}

export function toEncoded(): GraphQLError {
  const extensions = { code: 'UNSUPPORTED_MEDIA_TYPE', http: { status: 415 } }
  const message = 'The request body is compressed. Send it as it is, without a Content-Encoding header.'
  return new GraphQLError(message, { extensions })
}
