import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: 'schema.graphql',
  config: { scalars: { DateTime: 'string', URL: 'string', JSON: 'unknown' }, strictScalars: true, useTypeImports: true },
  importExtension: '.ts',
  generates: {
    'test/consumer/generated/': {
      documents: 'test/consumer/operations.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { documentMode: 'string' },
    },
    'test/consumer/generated/cached/': {
      documents: 'test/consumer/cached.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
    },
    'test/consumer/generated/possible-types.ts': { plugins: ['fragment-matcher'] },
  },
}
export default config
