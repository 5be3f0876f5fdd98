import { readFileSync, writeFileSync } from 'node:fs'
import { minifyIntrospectionQuery } from '@urql/introspection'
import { buildSchema, introspectionFromSchema } from 'graphql'

const introspection = introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8')))
const minified = minifyIntrospectionQuery(introspection)
writeFileSync('test/consumer/generated/introspection.json', JSON.stringify(minified))
