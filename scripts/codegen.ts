import type { CodegenConfig } from '@graphql-codegen/cli'

/** The documents of the command line's own client, with their types. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'scripts/client/*.graphql',
  importExtension: '.ts',
  generates: {
    'src/cli/client/documents.ts': {
      plugins: [
        { add: { content: ['// Generated: npm run schema', "import type { Json } from '../../webhook.ts'"] } },
        'typescript-operations',
        './scripts/client-documents.ts',
      ],
      config: {
        scalars: { DateTime: 'string', URL: 'string', JSON: 'Json' },
        strictScalars: true,
        useTypeImports: true,
        avoidOptionals: false,
        immutableTypes: true,
        skipTypename: false,
        mergeFragmentTypes: true,
      },
    },
  },
}
export default config
