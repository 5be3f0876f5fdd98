import { getOperationAST, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { createSchema } from '../../src/schema/index.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createPreparer } from '../../src/server/prepared.ts'

describe('an operation of a document that is kept', () => {
  const schema = createSchema(providers)
  const prepare = createPreparer({ schema, limits: defaultLimits, introspection: true })

  function open(query: string) {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (operation == null) throw new Error('The document has no operation.')
    return (variables: Record<string, unknown>) => prepare(document, operation, variables)
  }

  it('is prepared once where it has no variables, whatever a client sends beside it', () => {
    const ask = open('{ accounts { slug } }')
    const first = ask({})
    expect(first).toMatchObject({ scopes: ['webhooks:read'] })
    expect(ask({})).toBe(first)
    expect(ask({ other: 1 })).toBe(first)
  })

  it('is prepared for the variables of each request where it has some', () => {
    const ask = open('query ($first: Int!) { webhooks(first: $first) { complete } }')
    const [one, other] = [ask({ first: 1 }), ask({ first: 2 })]
    expect([one, other]).toMatchObject([{ variables: { first: 1 } }, { variables: { first: 2 } }])
    expect(ask({ first: 'none' })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })
})
