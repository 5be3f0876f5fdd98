import { readFileSync, writeFileSync } from 'node:fs'
import { minifyIntrospection, outputIntrospectionFile } from 'gql.tada/internal'
import { buildSchema, introspectionFromSchema } from 'graphql'

const introspection = introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8')))
const types = outputIntrospectionFile(minifyIntrospection(introspection), { fileType: '.d.ts', shouldPreprocess: true })
writeFileSync('test/consumer/generated/graphql-env.d.ts', types)
