import {
  BREAK,
  type DocumentNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { isLeftOut, type Variables } from './selection.ts'

/**
 * The error of a field or directive whose arguments are invalid with these variables; null if all are valid. A variable with a
 * default can be null where null is not allowed. Reporting it before anything runs discards no result of a write.
 */
export function findWrongArgument(
  schema: GraphQLSchema,
  { definitions }: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): GraphQLError | null {
  if (!Object.values(variables).includes(null)) return null
  const types = new TypeInfo(schema)
  const looked: (OperationDefinitionNode | FragmentDefinitionNode)[] = [operation]
  const wrong: GraphQLError[] = []

  function enter(node: SelectionNode): unknown {
    try {
      if (isLeftOut(node, variables)) return false
      const field = node.kind === Kind.FIELD ? types.getFieldDef() : null
      if (node.kind === Kind.FIELD && field != null) getArgumentValues(field, node, variables)
    } catch {
      wrong.push(refuse(node, variables))
      return BREAK
    }
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = definitions.find((each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value)
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION && !looked.includes(fragment)) looked.push(fragment)
    }
    return undefined
  }

  const visitor = visitWithTypeInfo(types, { Field: enter, FragmentSpread: enter, InlineFragment: enter })
  // Fragments are appended during iteration, each once.
  for (const each of looked) if (wrong.length === 0) visit(each, visitor)
  return wrong[0] ?? null
}

/** Names the variables but no values, which may be secrets. */
function refuse(node: SelectionNode, variables: Variables): GraphQLError {
  const names = new Set<string>()
  visit(node, {
    SelectionSet: () => false,
    Variable: ({ name }) => void (variables[name.value] === null && names.add(`$${name.value}`)),
  })
  const where = node.kind === Kind.INLINE_FRAGMENT ? 'a fragment' : `"${node.name.value}"`
  const message = `${[...names].join(' or ')} is null, but ${where} requires a value. Nothing was changed.`
  return new GraphQLError(message, { nodes: node, extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } })
}
