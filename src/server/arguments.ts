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
 * The error of a field or directive whose arguments cannot be read with these variables; null where all can. A variable with
 * a default may stand where null must not, and be null: told before anything runs, it takes the answer of no write away.
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
  // Fragments are put behind while this goes on, each once.
  for (const each of looked) if (wrong.length === 0) visit(each, visitor)
  return wrong[0] ?? null
}

/** Names the variables and no value: what stands beside them may be a secret. */
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
