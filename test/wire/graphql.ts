import { isDeepStrictEqual } from 'node:util'
import {
  buildSchema,
  type DocumentNode,
  execute,
  getOperationAST,
  type GraphQLSchema,
  Kind,
  NoDeprecatedCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import * as z from 'zod'
import type { StandInCall } from '../../src/sandbox/server.ts'
import type { Checked, Description } from './document.ts'

const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) })
const response = z.strictObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
  extensions: z.record(z.string(), z.unknown()).optional(),
})

const refusal = z.object({ errors: z.array(z.unknown()) })

/** A description in SDL. graphql-js validates requests, and executes them over the response, which then has to come out as it is. */
export function describeGraphql(sdl: string): Description {
  const schema = buildSchema(sdl)
  const roots = [schema.getQueryType(), schema.getMutationType()]
  const operations = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}))

  function check({ text, answered, field }: StandInCall): Checked {
    const { query, variables } = request.parse(JSON.parse(text))
    const document = parse(query)
    const operation = field ?? 'a request'
    const invalid = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]).map(({ message }) => message)
    const undeclared = listUndeclared(document, variables).map((name) => `Variable "$${name}" is not declared.`)
    const problems = [...invalid, ...undeclared]
    if (problems.length === 0 && answered !== null) problems.push(...checkResponse(schema, document, variables, answered.text))
    const isAnswered = answered !== null && refusal.safeParse(JSON.parse(answered.text)).data === undefined
    return { covered: isAnswered ? listFields(document) : [], violations: problems.map((problem) => ({ operation, problem })) }
  }
  return { operations, check }
}

function checkResponse(schema: GraphQLSchema, document: DocumentNode, variables: Record<string, unknown>, text: string) {
  const sent = response.safeParse(JSON.parse(text))
  if (!sent.success) return sent.error.issues.map(({ path, message }) => `response: ${path.join('.')}: ${message}`)
  const { data, errors } = sent.data
  const result = execute({ schema, document, rootValue: data ?? {}, variableValues: variables, fieldResolver: readAlias })
  if (result instanceof Promise) throw new TypeError('A response is read at once.')
  // Variables of the wrong type: a response that refuses them is right.
  if (result.data === undefined) return errors === undefined ? (result.errors ?? []).map(({ message }) => message) : []
  if (data == null || errors !== undefined) return errors === undefined ? ['response: it has neither data nor errors'] : []
  if (result.errors !== undefined) return result.errors.map(({ message }) => `response: ${message}`)
  return isDeepStrictEqual(toPlain(result.data), data) ? [] : ['response: its data has members or values that were not asked for']
}

/** Members of a response have the names that the request gives them. */
function readAlias(
  source: unknown,
  _args: unknown,
  _context: unknown,
  info: { readonly path: { readonly key: string | number } },
) {
  return Object(source)[info.path.key]
}

function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function listFields(document: DocumentNode): readonly string[] {
  const selections = getOperationAST(document)?.selectionSet.selections ?? []
  return selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []))
}

/** Those that GraphQL drops without a word. */
function listUndeclared(document: DocumentNode, variables: Record<string, unknown>): readonly string[] {
  const declared = new Set(getOperationAST(document)?.variableDefinitions?.map(({ variable }) => variable.name.value))
  return Object.keys(variables).filter((name) => !declared.has(name))
}
