import type { Edit } from '../test/helpers/copy.ts'

// Every optimization in the sources: code that exists only because it is faster, or uses less memory, than something simpler. The
// edits remove it from a copy of the sources, so that the sources themselves need no switches.

export interface Way {
  readonly name: string
  /** The load that it improves. */
  readonly load: 'list' | 'shared list' | 'long list' | 'next page' | 'nested lists' | 'start'
  readonly edits: readonly Edit[]
}

export const ways: readonly Way[] = [
  {
    name: 'equal reads at the same time are one',
    load: 'shared list',
    edits: [{ file: 'gateway/connection.ts', from: 'options.sharing ? createSharing', to: '!options.sharing ? createSharing' }],
  },
  {
    name: 'documents are parsed and validated once',
    load: 'list',
    edits: [{ file: 'server/document.ts', from: '    if (known !== undefined) return known\n', to: '' }],
  },
  {
    name: 'operations without variables are prepared once',
    load: 'shared list',
    edits: [{ file: 'server/prepared.ts', from: 'kept.get(operation) ?? prepare(', to: 'prepare(' }],
  },
  {
    name: 'whether they ask for too much is judged once',
    load: 'shared list',
    edits: [{ file: 'server/prepared.ts', from: 'if (last?.gateway !== gateway) last', to: 'last' }],
  },
  {
    name: 'the log is written in blocks',
    load: 'list',
    edits: [{ file: 'observe/log.ts', from: '[8_192, 100]', to: '[0, 100]' }],
  },
  {
    name: 'answers of providers are read by compiled schemas',
    load: 'long list',
    edits: [{ file: 'provider/wire.ts', from: 'z.lazy(() => z.compile(schema))', to: 'z.lazy(() => schema)' }],
  },
  {
    name: 'V8 does not guess what lives long',
    load: 'list',
    edits: [
      { file: 'cli/start.ts', from: "setFlagsFromString('--no-allocation-site-pretenuring')", to: 'void setFlagsFromString' },
    ],
  },
  {
    name: 'what is on no page is not sorted',
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
    name: 'cursors are made when they are read',
    load: 'list',
    edits: [
      {
        file: 'schema/ordering.ts',
        from: '    this.#formatCursor = formatCursor\n',
        to: '    this.#formatCursor = formatCursor\n    this.cursor\n',
      },
    ],
  },
  {
    name: 'lists are kept for those who go through their pages',
    load: 'next page',
    edits: [{ file: 'gateway/snapshots.ts', from: 'leastCalls: 3', to: 'leastCalls: Infinity' }],
  },
  {
    name: 'a list that stands below many webhooks is built once',
    load: 'nested lists',
    edits: [{ file: 'schema/webhook-list.ts', from: 'pages.get(listing) ?? buildList', to: 'buildList' }],
  },
  {
    name: 'what Node has compiled is kept for the next start',
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
