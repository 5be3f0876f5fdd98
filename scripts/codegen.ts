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
        'typed-document-node',
      ],
      config: {
        scalars: { DateTime: 'string', URL: 'string', JSON: 'Json' },
        strictScalars: true,
        useTypeImports: true,
        documentMode: 'graphQLTag',
        gqlImport: './document.ts#gql',
        documentNodeImport: './document.ts#Document',
        avoidOptionals: false,
        dedupeFragments: true,
        immutableTypes: true,
        skipTypename: false,
      },
    },
  },
}
export default config
