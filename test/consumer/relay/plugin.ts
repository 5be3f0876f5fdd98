import type { Plugin } from 'vitest/config'

/** What Relay's plugins for Babel, SWC and Vite do: each graphql`…` is replaced by what Relay's compiler made of it. */
export const relayPlugin: Plugin = {
  name: 'relay',
  transform: {
    filter: { id: '**/test/consumer/relay/relay.ts' },
    handler(code) {
      const names: string[] = []
      const replaced = code.replaceAll(/graphql`\s*\w+ (\w+)[^`]*`/g, (_, name: string) => {
        names.push(name)
        return name
      })
      return [...names.map((name) => `import ${name} from './__generated__/${name}.graphql.ts'`), replaced].join('\n')
    },
  },
}
