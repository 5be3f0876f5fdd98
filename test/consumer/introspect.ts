import { readFileSync, writeFileSync } from 'node:fs'
import { minifyIntrospectionQuery } from '@urql/introspection'
import { minifyIntrospection, outputIntrospectionFile } from 'gql.tada/internal'
import { buildSchema, introspectionFromSchema } from 'graphql'

const introspection = introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8')))
const folder = 'test/consumer/generated'
writeFileSync(`${folder}/introspection.json`, JSON.stringify(minifyIntrospectionQuery(introspection)))

const types = outputIntrospectionFile(minifyIntrospection(introspection), { fileType: '.d.ts', shouldPreprocess: true })
writeFileSync(`${folder}/graphql-env.d.ts`, types)
