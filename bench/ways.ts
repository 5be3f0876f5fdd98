import type { Edit } from '../test/helpers/copy.ts'

// Every optimization in the sources: code that exists only because it is faster, or uses less memory, than something simpler. The
// edits remove it from a copy of the sources, so that the sources themselves need no switches.

export interface Way {
  readonly name: string
  /** The load that it improves. */
  readonly load: 'list' | 'shared list' | 'long list' | 'next page' | 'nested lists' | 'start' | 'memory'
  readonly edits: readonly Edit[]
}

export const ways: readonly Way[] = [
  {
    name: 'share identical concurrent reads',
    load: 'shared list',
    edits: [{ file: 'gateway/connection.ts', from: 'options.sharing ? createSharing', to: '!options.sharing ? createSharing' }],
  },
  {
    name: 'cache parsed documents',
    load: 'list',
    edits: [{ file: 'server/document.ts', from: '    if (known !== undefined) return known\n', to: '' }],
  },
  {
    name: 'prepare operations without variables once',
    load: 'shared list',
    edits: [{ file: 'server/prepared.ts', from: 'kept.get(operation) ?? prepare(', to: 'prepare(' }],
  },
  {
    name: 'check their limits once',
    load: 'shared list',
    edits: [{ file: 'server/prepared.ts', from: 'if (last?.gateway !== gateway) last', to: 'last' }],
  },
  {
    name: 'recognize a list that came before',
    load: 'list',
    edits: [{ file: 'gateway/unmodified.ts', from: 'reads === 1 && digest === last ? unmodified', to: 'reads < 0 ? unmodified' }],
  },
  {
    name: 'read provider responses with compiled schemas',
    load: 'long list',
    edits: [{ file: 'provider/wire.ts', from: 'z.lazy(() => z.compile(schema))', to: 'z.lazy(() => schema)' }],
  },
  {
    name: 'disable V8 allocation-site pretenuring',
    load: 'memory',
    edits: [
      { file: 'cli/start.ts', from: "setFlagsFromString('--no-allocation-site-pretenuring')", to: 'void setFlagsFromString' },
    ],
  },
  {
    name: 'sort only the requested page',
    load: 'long list',
    edits: [
      {
        file: 'schema/ordering.ts',
        from: 'if (items.length === size && (last === undefined || compare(item, last) >= 0)) return',
        to: '',
      },
      { file: 'schema/ordering.ts', from: '      if (items.length > size) items.pop()\n', to: '' },
      {
        file: 'schema/ordering.ts',
        from: 'const edges = backwards ? best.items.toReversed() : best.items',
        to: 'const edges = (backwards ? best.items.toReversed() : best.items).slice(0, size)',
      },
    ],
  },
  {
    name: 'create cursors on demand',
    load: 'shared list',
    edits: [
      {
        file: 'schema/ordering.ts',
        from: '    this.#formatCursor = formatCursor\n',
        to: '    this.#formatCursor = formatCursor\n    this.cursor\n',
      },
    ],
  },
  {
    name: 'keep lists for the next page',
    load: 'next page',
    edits: [{ file: 'gateway/snapshots.ts', from: 'leastCalls: 3', to: 'leastCalls: Infinity' }],
  },
  {
    name: 'build a list nested under many webhooks once',
    load: 'nested lists',
    edits: [{ file: 'schema/webhook-list.ts', from: 'pages.get(listing) ?? buildList', to: 'buildList' }],
  },
  {
    name: 'keep compiled code for the next start',
    load: 'start',
    edits: [
      {
        file: 'cli/command.ts',
        from: "enableCompileCache(join(homedir(), '.cache', 'hookql'))",
        to: 'void [enableCompileCache, homedir, join]',
      },
    ],
  },
]
