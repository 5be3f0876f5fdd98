import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isUnionType,
} from 'graphql'

export interface RandomDocument {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Pseudo-random numbers from 0 to 1, determined by the seed. */
function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * A document for a schema, determined by the seed and usually valid. Its mutations change nothing, so that it can be
 * sent again: they are previews, or concern objects that do not exist.
 */
export function writeDocument(schema: GraphQLSchema, seed: number, ids: readonly string[]): RandomDocument {
  const random = createRandom(seed)
  const chance = (share: number) => random() < share
  const below = (count: number) => Math.floor(random() * count)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T

  const variables: Record<string, unknown> = {}
  const definitions: string[] = []
  const fragments: string[] = []
  const names = ['webhook.created', 'x', '', 'hooks', '__proto__', '"quoted"', 'ünï']

  function writeScalar(type: string, name: string): unknown {
    if (chance(0.02)) return pick<unknown>([1, 'x', true, [], null])
    if (name === 'account' || name === 'accounts') return pick(['verifik', 'baanx', 'nowhere'])
    if (type === 'ID') return pick([...ids, 'nowhere', 'x'])
    if (type === 'Int') return pick([0, 1, 2, 5, 201, -1])
    if (type === 'Boolean') return chance(0.5)
    if (type === 'JSON') return pick<unknown>([{ a: [1, null, 'x'] }, 'x'])
    if (type === 'URL') return pick(['https://hooks.acme.test/x', 'http://x', 'no url'])
    return pick(names)
  }

  /** A value for a variable. */
  function writeValue(type: GraphQLInputType, name: string): unknown {
    if (isNonNullType(type)) return writeValue(type.ofType, name)
    if (isListType(type)) return Array.from({ length: below(3) }, () => writeValue(type.ofType, name))
    if (isEnumType(type)) return pick(type.getValues()).name
    if (!isInputObjectType(type)) return writeScalar(type.name, name)
    // A key makes the same document another one the second time: it is then answered as a repeat.
    const fields = Object.values(type.getFields()).filter(({ name: field }) => field !== 'idempotencyKey')
    const given = type.isOneOf ? [pick(fields)] : fields.filter((field) => isNeeded(field) || chance(0.4))
    return Object.fromEntries(
      given.map((field) => [field.name, field.name === 'validateOnly' ? true : writeValue(field.type, field.name)]),
    )
  }

  function isNeeded({ name, type, defaultValue }: GraphQLInputField | GraphQLArgument): boolean {
    return name === 'validateOnly' || (isNonNullType(type) && defaultValue === undefined && !chance(0.02))
  }

  function toLiteral(value: unknown, type: GraphQLInputType): string {
    const bare = getNullableType(type)
    if (value === null) return 'null'
    if (Array.isArray(value)) return `[${value.map((each) => toLiteral(each, isListType(bare) ? bare.ofType : bare)).join(', ')}]`
    if (typeof value === 'object') {
      const members = Object.entries(value).map(([name, each]) => {
        const field = isInputObjectType(bare) ? bare.getFields()[name] : undefined
        return `${name}: ${toLiteral(each, field?.type ?? bare)}`
      })
      return `{${members.join(', ')}}`
    }
    return isEnumType(bare) && typeof value === 'string' ? value : JSON.stringify(value)
  }

  /** A literal or a variable: with and without default, given, left out and null. */
  function writeArgument(type: GraphQLInputType, name: string, isMutation: boolean): string {
    const value = writeValue(type, name)
    if (chance(0.6)) return toLiteral(value, type)
    const variable = `v${definitions.length}`
    const nullable = getNullableType(type)
    const hasDefault = !isMutation && chance(0.4)
    const isNullable = hasDefault || !isNonNullType(type)
    definitions.push(
      `$${variable}: ${String(nullable)}${isNullable ? '' : '!'}${hasDefault ? ` = ${toLiteral(value, type)}` : ''}`,
    )
    if (isNullable && chance(0.1) && !isMutation) variables[variable] = null
    else if (!isNullable || !hasDefault || chance(0.5)) variables[variable] = writeValue(type, name)
    return `$${variable}`
  }

  function writeDirective(): string {
    if (!chance(0.15)) return ''
    const type = 'Boolean'
    const name = pick(['skip', 'include'])
    if (chance(0.5)) return ` @${name}(if: ${String(chance(0.5))})`
    const variable = `v${definitions.length}`
    const hasDefault = chance(0.5)
    definitions.push(`$${variable}: ${type}${hasDefault ? ` = ${String(chance(0.5))}` : '!'}`)
    if (hasDefault && chance(0.1)) variables[variable] = null
    else if (!hasDefault || chance(0.5)) variables[variable] = chance(0.5)
    return ` @${name}(if: $${variable})`
  }

  function writeField(field: GraphQLField<unknown, unknown>, depth: number, isMutation: boolean): string | null {
    const type = getNamedType(field.type)
    if (isCompositeType(type) && depth === 0) return null
    const args = field.args.filter((argument) => isNeeded(argument) || chance(0.3))
    const given = args.map((argument) => `${argument.name}: ${writeArgument(argument.type, argument.name, isMutation)}`)
    const alias = chance(0.25) ? `${pick(['a', 'b', '__proto__', 'constructor', field.name])}${below(40)}: ` : ''
    const name = chance(0.004) ? `${field.name}x` : field.name
    const set = isCompositeType(type) ? ` ${writeSet(type, depth - 1)}` : ''
    return `${alias}${name}${given.length > 0 ? `(${given.join(', ')})` : ''}${writeDirective()}${set}`
  }

  function writeSet(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = chance(0.3) ? ['__typename'] : []
    const fields = isUnionType(type) ? [] : Object.values(type.getFields())
    const count = 1 + below(4)
    for (let at = 0; at < count && fields.length > 0; at += 1) {
      const field = writeField(pick(fields), depth, type.name === 'Mutation')
      if (field !== null) parts.push(field)
    }
    if (isAbstractType(type) && depth >= 0) {
      const possible = pick(schema.getPossibleTypes(type))
      parts.push(`... on ${possible.name}${writeDirective()} ${writeSet(possible, Math.max(0, depth - 1))}`)
    }
    if (chance(0.15)) {
      const name = `F${fragments.length}`
      fragments.push('')
      fragments[Number(name.slice(1))] = `fragment ${name} on ${type.name} ${writeSet(type, Math.max(0, depth - 1))}`
      parts.push(`...${name}${writeDirective()}`)
      if (chance(0.4)) parts.push(`...${name}${writeDirective()}`)
    }
    return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`
  }

  const isMutation = chance(0.25)
  const root = isMutation ? schema.getMutationType() : schema.getQueryType()
  if (root == null) throw new TypeError('The schema has no such operation.')
  const set = chance(0.03)
    ? '{ __type(name: "Webhook") { name fields { name } } __schema { queryType { name } } }'
    : writeSet(root, 1 + below(4))
  const head = `${isMutation ? 'mutation' : 'query'}${definitions.length > 0 ? ` (${definitions.join(', ')})` : ''}`
  const query = `${head} ${set} ${fragments.join(' ')}`
  return { query: chance(0.02) ? query.replace(pick(['{', '}', '(', ':']), '') : query, variables }
}
