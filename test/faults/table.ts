import { providers } from '../../src/providers/index.ts'
import { faults } from './faults.ts'
import type { CellResult } from './matrix.ts'
import { operations } from './rig.ts'

/** Where the table is kept for operators. */
export const tableFile = new URL('../../docs/faults.md', import.meta.url)

const outcomes = [
  ['Outcome', 'What it means', 'What to do'],
  ['---', '---', '---'],
  ['done', 'It is in effect. *At attempt 2*: the gateway sent it again by itself, where that does no harm.', 'Nothing.'],
  ['done, RECOVERED', 'The answer was lost, but the call was carried out. A create has its signing secret.', 'Nothing.'],
  [
    'done, VERIFICATION_REQUIRED',
    'The provider sends nothing to a new URL before it is verified, whatever went wrong.',
    'Verify the URL.',
  ],
  ['failed, safe to send again', 'Nothing was changed.', 'Send the same call again, after the wait where one is named.'],
  [
    'failed, do not send again',
    'The answer to a read is not what the provider documents.',
    'Look at the provider, or what stands between.',
  ],
  [
    'create: unknown, 1 candidate',
    'The answer was lost, and the signing secret with it. The candidate is its webhook.',
    'Delete it and create again.',
  ],
  [
    'create: unknown, nothing found',
    'The answer was lost, and nothing new like it showed up. It may yet.',
    'List the account before you create again.',
  ],
  [
    'update, delete: unknown, 1 candidate',
    'The answer was lost, and the candidate does not show the change. It may yet.',
    'Look again, then send it again.',
  ],
]

const introduction = `# When a provider fails

What a caller of HookQL is told when something goes wrong with one call to a provider, for every operation. This file
is written by \`npm run faults\`, which runs every cell against a stand-in of the provider, over real HTTP, and
compares what the caller is told with what is then upstream. In every cell:

- one create makes at most one webhook, and is sent again only where it surely has not been carried out;
- what is told as done is there;
- what is told as failed has not happened.

## What to do

${outcomes.map(toLine).join('\n')}

## What goes wrong

The fault hits the operation's own call, once; for a write that is the first call that is not a GET. Only *nobody
listens* lasts, and where a row says *then*, the second call fails too. The *commit* is the moment at which the
provider has done what it was asked. For a read there is nothing to commit, so that *before* and *after* come to the
same. Calls that hang or are too slow end with the budget of the operation, \`HOOKQL_UPSTREAM_TIMEOUT_MS\`. Waits are
those of its default, ten seconds: what the gateway can wait out within it, it does.
`

/** The whole document. */
export function formatTable(results: readonly CellResult[]): string {
  const tables = providers.map(({ name, displayName }) => {
    const cells = results.filter(({ provider }) => provider.name === name)
    const rows = faults.map(({ title }) => {
      const row = cells.filter(({ fault }) => fault.title === title)
      return [title, ...operations.map((operation) => row.find((cell) => cell.operation === operation)?.outcome ?? '')]
    })
    const lines = [['Fault', ...operations], ['---', ...operations.map(() => '---')], ...rows].map(toLine)
    return `\n## ${displayName}\n\n${lines.join('\n')}\n`
  })
  return introduction + tables.join('')
}

function toLine(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`
}
