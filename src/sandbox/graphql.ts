import {
  buildSchema,
  type DocumentNode,
  execute,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql'
import * as z from 'zod'
import type { GraphqlProblem, GraphqlRoute, Route, StandInAnswer } from '../provider/stand-in.ts'

// A provider whose API is GraphQL: graphql-js parses, validates and executes against the SDL of its stand-in.

const requestBody = z.strictObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

interface Api {
  readonly schema: GraphQLSchema
  /** Documents that are valid, by their text: an adapter sends the same few. */
  readonly valid: Map<string, DocumentNode>
}

/** Enough for every document of an adapter, and a bound for who sends others. */
const maxValid = 100

/** By SDL: it is the same for each stand-in of a provider. */
const apis = new Map<string, Api>()

function openApi(sdl: string): Api {
  const api = apis.get(sdl) ?? { schema: buildSchema(sdl), valid: new Map() }
  apis.set(sdl, api)
  return api
}

/** The route as the server knows it; `undocumented` responds to a body that is not a GraphQL request. */
export function toRoute(
  { path, sdl, resolvers, answer, limit }: GraphqlRoute,
  undocumented: (what: string) => StandInAnswer,
): Route {
  const { schema, valid } = openApi(sdl)

  function run({ query, variables, operationName }: z.output<typeof requestBody>): StandInAnswer {
    const refuse = (stage: GraphqlProblem['stage'], errors: readonly GraphQLError[]) =>
      answer({ data: undefined, problems: errors.map((error) => toProblem(stage, error)) })

    const document = valid.get(query) ?? parseDocument(query)
    if (document instanceof GraphQLError) return refuse('SYNTAX', [document])
    if (!valid.has(query)) {
      const invalid = validate(schema, document)
      if (invalid.length > 0) return refuse('VALIDATION', invalid)
      if (valid.size === maxValid) valid.clear()
      valid.set(query, document)
    }
    const stranger = findUndeclared(document, operationName, variables ?? {})
    if (stranger !== undefined) return refuse('VARIABLES', [new GraphQLError(`Variable "$${stranger}" is not declared.`)])
    const result = execute({ schema, document, rootValue: resolvers, variableValues: variables ?? {}, operationName })
    if (result instanceof Promise) throw new TypeError('A stand-in resolves nothing later.')
    const { data, errors = [] } = result
    // Without data nothing was executed.
    if (data === undefined) return refuse('VARIABLES', errors)
    const defect = errors.find(({ originalError }) => !isRefusal(originalError))
    // A defect of the stand-in must not look like a refusal of the provider.
    if (defect !== undefined) throw defect
    return answer({ data, problems: errors.map((error) => toProblem('FIELD', error)) })
  }

  return {
    method: 'POST',
    path,
    ...(limit !== undefined && { limit }),
    takesBody: true,
    answer({ body }) {
      const request = requestBody.safeParse(body)
      return request.success ? run(request.data) : undocumented('a body that is not a GraphQL request')
    },
  }
}

/** The effect and the root field of a GraphQL request; null for any other body. */
export function readOperation(body: unknown): { readonly effect: 'READ' | 'WRITE'; readonly field: string | null } | null {
  const request = requestBody.safeParse(body)
  const document = request.success ? parseDocument(request.data.query) : null
  if (document === null || document instanceof GraphQLError) return null
  const operation = getOperationAST(document, request.data?.operationName)
  if (operation === null || operation === undefined) return null
  const [selection] = operation.selectionSet.selections
  const field = selection?.kind === Kind.FIELD ? selection.name.value : null
  return { effect: operation.operation === OperationTypeNode.MUTATION ? 'WRITE' : 'READ', field }
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/** A variable that the operation does not declare, which GraphQL itself drops without a word. */
function findUndeclared(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): string | undefined {
  const operation = getOperationAST(document, operationName)
  if (operation === null || operation === undefined) return undefined
  const declared = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value))
  return Object.keys(variables).find((name) => !declared.has(name))
}

/** By name, as a stand-in imports types only. */
function isRefusal(error: Error | null | undefined): boolean {
  return error?.name === 'GraphqlRefusal'
}

function toProblem(stage: GraphqlProblem['stage'], { message, locations, path, extensions }: GraphQLError): GraphqlProblem {
  return { stage, message, locations, path, extensions }
}
