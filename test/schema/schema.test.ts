import { existsSync, readFileSync } from 'node:fs'
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import {
  assertInterfaceType,
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isInterfaceType,
  isSpecifiedScalarType,
  validateSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { toWebhooksFileSchema } from '../../src/cli/file/schema.ts'
import { createFileShape } from '../../src/config/shape.ts'
import { providers } from '../../src/providers/index.ts'
import { createSchema, formatSchema } from '../../src/schema/index.ts'
import { listVariables } from '../helpers/variables.ts'

const schema = createSchema(providers)
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** What a client that was written for `before` would stumble over. */
async function findBreaks(before: GraphQLSchema, after: GraphQLSchema): Promise<readonly string[]> {
  const changes = await diff(before, after)
  return changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking).map(({ message }) => message)
}

type Described = readonly (readonly [coordinate: string, description: string | null | undefined])[]

/** Everything in a type that a person reads about, by its coordinate. */
function listDescribed(type: GraphQLNamedType): Described {
  return [[type.name, type.description], ...listMembers(type).map(([name, text]) => [`${type.name}.${name}`, text] as const)]
}

function listMembers(type: GraphQLNamedType): Described {
  if (isEnumType(type)) return type.getValues().map(({ name, description }) => [name, description])
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(({ name, description }) => [name, description])
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return Object.values(type.getFields()).flatMap(({ name, description, args }) => [
    [name, description] as const,
    ...args.map((argument) => [`${name}(${argument.name}:)`, argument.description] as const),
  ])
}

function findUndescribed(of: GraphQLSchema): readonly string[] {
  return Object.values(of.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap(listDescribed)
    .filter(([, description]) => (description ?? '').trim() === '')
    .map(([coordinate]) => coordinate)
}

describe('the schema', () => {
  it('is what schema.graphql says', () => {
    expect(formatSchema(schema), 'schema.graphql is stale: run npm run schema').toBe(read('../../schema.graphql'))
  })

  it('describes every type, field, argument, input field and enum value', () => {
    expect(findUndescribed(schema)).toEqual([])
  })

  it.each(providers.map((provider) => [provider.name, provider] as const))('is valid for %s alone', (_, provider) => {
    expect(validateSchema(createSchema([provider]))).toEqual([])
  })

  it('speaks of the field: what is special at a provider is said in Provider, and in its own types and inputs', () => {
    const names = providers.map(({ displayName }) => displayName)
    const common = Object.values(schema.getTypeMap()).filter(
      ({ name }) => !['ProviderName', 'ProviderOptionsInput'].includes(name) && !names.some((each) => name.startsWith(each)),
    )
    const special = common.flatMap(listDescribed).filter(([, text]) => names.some((each) => text?.includes(each)))
    expect(special).toEqual([])
  })

  // By these names Apollo's possibleTypes knows the members that later releases add.
  it.each([
    ['Error', 'WebhookError'],
    ['Webhook', 'Webhook'],
  ])('has names that end in %s for the types of the interface %s, and for no others', (ending, name) => {
    const implementing = schema.getImplementations(assertInterfaceType(schema.getType(name))).objects
    const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && type.name.endsWith(ending))
    expect(types.length).toBeGreaterThan(1)
    expect(types.map((type) => type.name).toSorted()).toEqual(implementing.map((type) => type.name).toSorted())
  })

  it('says where each scalar of its own is specified', () => {
    const own = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    expect(own.map((type) => [type.name, isScalarType(type) && type.specifiedByURL])).toEqual([
      ['DateTime', 'https://www.rfc-editor.org/rfc/rfc3339'],
      ['JSON', 'https://www.rfc-editor.org/rfc/rfc8259'],
      ['URL', 'https://url.spec.whatwg.org/'],
    ])
  })

  // Until the first release there is none: names are free.
  it.skipIf(!existsSync(new URL('released.graphql', import.meta.url)))('breaks no client of the last release', async () => {
    const breaks = await findBreaks(buildSchema(read('released.graphql')), schema)
    expect(breaks, 'clients of the last release break; bring back what they use').toEqual([])
  })
})

describe('the checks above', () => {
  it('see what has no description', () => {
    const bare = buildSchema('type Query { a(b: In): E } input In { c: Int } enum E { F }')
    expect(findUndescribed(bare)).toEqual(['Query', 'Query.a', 'Query.a(b:)', 'In', 'In.c', 'E', 'E.F'])
  })

  it.each([
    ['a field that is gone', /^ {2}signingSecret: String$/m, ''],
    ['a field that may be null now', /^ {2}upstreamId: String!$/gm, '  upstreamId: String'],
    ['an argument that is required now', /filter: WebhookFilter$/m, 'filter: WebhookFilter!'],
    ['an enum value that is gone', /^ {2}PENDING_VERIFICATION$/m, ''],
    ['a union member that is gone', /\| OutcomeUnknownError /, ''],
  ])('see %s', async (_, pattern, replacement) => {
    const text = formatSchema(schema)
    // Descriptions that would be left without their field are cut first.
    const bare = text.replaceAll(/^ *"""(?:[\s\S]*?)"""\n/gm, '')
    expect(bare).toMatch(pattern)
    const breaks = await findBreaks(buildSchema(bare), buildSchema(bare.replace(pattern, replacement)))
    expect(breaks).not.toEqual([])
  })
})

describe('the JSON Schema of the configuration file', () => {
  it('is what hookql.schema.json says', () => {
    const text = `${JSON.stringify(z.toJSONSchema(createFileShape(providers)), null, 2)}\n`
    expect(text, 'hookql.schema.json is stale: run npm run schema').toBe(read('../../hookql.schema.json'))
  })
})

describe('the JSON Schema of a file of webhooks', () => {
  it('is what webhooks.schema.json says', () => {
    const text = `${JSON.stringify(toWebhooksFileSchema(providers), null, 2)}\n`
    expect(text, 'webhooks.schema.json is stale: run npm run schema').toBe(read('../../webhooks.schema.json'))
  })
})

describe('.env.example', () => {
  it('has every variable that the process reads, and no other', () => {
    const found = [...read('../../.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
    // NODE_ENV is Node's own.
    expect(found.toSorted()).toEqual(listVariables().filter((name) => name !== 'NODE_ENV'))
  })
})
