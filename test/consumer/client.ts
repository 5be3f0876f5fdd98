import type { TypedDocumentString } from './generated/graphql.ts'

/** Sends an operation to a gateway and resolves to its data, typed by the operation itself. */
export async function send<Result, Variables>(
  gatewayUrl: string,
  operation: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(gatewayUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: operation, variables }),
  })
  // The schema promises the shape: the gateway validated the operation and checked every value it answers with.
  const { data, errors } = (await response.json()) as { data?: Result | null; errors?: readonly { message: string }[] }
  if (data === undefined || data === null || errors !== undefined) {
    throw new Error(errors?.map(({ message }) => message).join('\n') ?? `The gateway answered with HTTP ${response.status}.`)
  }
  return data
}
