import type { CodegenConfig } from '@graphql-codegen/cli'

const scalars = { DateTime: 'string', URL: 'string', JSON: 'unknown' }
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'test/consumer/operations.graphql',
  importExtension: '.ts',
  generates: { 'test/consumer/generated/': { preset: 'client', presetConfig: { fragmentMasking: false } } },
  config: { scalars, strictScalars: true, documentMode: 'string', useTypeImports: true },
}
export default config
