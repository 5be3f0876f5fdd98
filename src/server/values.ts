import {
  type ASTNode,
  getNamedType,
  getNullableType,
  GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import { isRecord } from '../gateway/unchecked.ts'

// Describes invalid values without repeating them as graphql-js does, because they may be secrets.

export interface GivenVariables {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly variables: Readonly<Record<string, unknown>>
  /** Whether errors can list the members of a type. */
  readonly introspection: boolean
}

interface Problem {
  readonly path: readonly (string | number)[]
  readonly text: string
}

/** Longer than any name. */
const longName = /\w{101,}/g

/** Maximum errors per request. */
const most = 50

/** Errors for variables that graphql-js rejects. */
export function describeVariables({ schema, operation, variables, introspection }: GivenVariables): readonly GraphQLError[] {
  const errors: GraphQLError[] = []
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value
    const type = typeFromAST(schema, definition.type)
    if (!isInputType(type)) continue
    const isGiven = Object.hasOwn(variables, name)
    if (!isGiven && (definition.defaultValue !== undefined || !isNonNullType(type))) continue
    const problems = isGiven
      ? findProblems(variables[name], type, [name], introspection)
      : [{ path: [name], text: isRequired(type) }]
    for (const { path, text } of problems) {
      if (errors.length === most) return [...errors, toBadInput(`There are more than ${most} errors.`)]
      errors.push(toBadInput(`Variable "$${name}" at "${path.join('.')}": ${text}.`.replaceAll(longName, '…'), definition))
    }
  }
  return errors.length > 0 ? errors : [toBadInput('The variables do not match this operation.')]
}

function toBadInput(message: string, node: ASTNode | null = null): GraphQLError {
  return new GraphQLError(message, { nodes: node, extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } })
}

function* findProblems(value: unknown, type: GraphQLInputType, path: Problem['path'], lists: boolean): Iterable<Problem> {
  if (value === null || value === undefined) {
    if (isNonNullType(type)) yield { path, text: isRequired(type) }
    return
  }
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    if (!Array.isArray(value)) yield* findProblems(value, nullable.ofType, path, lists)
    else for (const [index, item] of value.entries()) yield* findProblems(item, nullable.ofType, [...path, index], lists)
  } else if (isInputObjectType(nullable)) {
    yield* findObjectProblems(value, nullable, path, lists)
  } else if (!accepts(nullable, value)) {
    const names =
      lists && isEnumType(nullable)
        ? `, one of ${nullable
            .getValues()
            .map(({ name }) => name)
            .join(', ')}`
        : ''
    yield { path, text: `expected a value of type "${String(type)}"${names}` }
  }
}

function* findObjectProblems(
  value: unknown,
  type: GraphQLInputObjectType,
  path: Problem['path'],
  lists: boolean,
): Iterable<Problem> {
  if (!isRecord(value)) {
    yield { path, text: `expected an object of type "${type.name}"` }
    return
  }
  const fields = type.getFields()
  const names = Object.keys(fields).join(', ')
  for (const [name, field] of Object.entries(fields)) {
    if (value[name] !== undefined) yield* findProblems(value[name], field.type, [...path, name], lists)
    else if (isRequiredInputField(field)) {
      yield lists ? { path: [...path, name], text: isRequired(field.type) } : { path, text: 'a required field is missing' }
    }
  }
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name)).length
  if (unknown > 0) {
    const which = unknown === 1 ? 'a field is' : `${unknown} fields are`
    yield { path, text: `${which} unknown${lists ? `; the fields of "${type.name}" are ${names}` : ''}` }
  }
  const given = Object.values(value).filter((each) => each !== undefined)
  if (type.isOneOf && (given.length !== 1 || given[0] === null)) {
    yield { path, text: `provide exactly one field of "${type.name}", with a value that is not null${lists ? `: ${names}` : ''}` }
  }
}

function isRequired(type: GraphQLInputType): string {
  return `a value of type "${String(type)}" is required`
}

function accepts(type: GraphQLLeafType, value: unknown): boolean {
  try {
    return type.parseValue(value) !== undefined
  } catch {
    return false
  }
}

/** A validation rule whose errors contain the expected type but not the value. */
export function withoutValues(rule: ValidationRule): ValidationRule {
  return (context) => {
    const reportError = (error: GraphQLError) => context.reportError(withoutValue(error, context))
    const quiet = new Proxy(context, {
      get: (target, name): unknown => (name === 'reportError' ? reportError : Reflect.get(target, name, target)),
    })
    return rule(quiet)
  }
}

function withoutValue({ message, nodes = [] }: GraphQLError, context: ValidationContext): GraphQLError {
  const kind = nodes[0]?.kind
  const type = context.getInputType()
  if (kind === Kind.OBJECT_FIELD) return new GraphQLError(message.replace(/^Field "\w+"/, 'This field'), { nodes })
  // Errors about an input object as a whole contain only schema names.
  if (kind === Kind.OBJECT && isInputObjectType(getNamedType(type))) return new GraphQLError(message, { nodes })
  return new GraphQLError(`Expected a value of type "${String(type)}".`, { nodes })
}

/** A graphql-js message without quotes from the document and without invalid names. */
export function withoutQuotes(message: string): string {
  return message
    .replace(/ (Name|Int|Float|String|BlockString|Comment) ".*"\.$/s, ' $1.')
    .replace(/ sequence: ".*"\.$/s, ' sequence.')
    .replaceAll(longName, '…')
}
