import { providers } from '../../src/providers/index.ts'
import { faults } from './faults.ts'
import type { CellResult } from './matrix.ts'
import { type OthersResult, scenarios } from './others.ts'
import { type Change, changes, type PagesResult, type Reader, readers, variants } from './pages.ts'
import { listOperations } from './rig.ts'
import type { StepResult } from './steps.ts'

/** Where the table is kept for operators. */
export const tableFile = new URL('../../docs/faults.md', import.meta.url)

const outcomes = [
  ['Outcome', 'What it means', 'What to do'],
  ['---', '---', '---'],
  ['done', 'It is in effect. *At attempt 2*: the gateway sent it again by itself, where that does no harm.', 'Nothing.'],
  ['done, RECOVERED', 'The answer was lost, but what was asked for is in effect. A create has its signing secret.', 'Nothing.'],
  [
    'done, VERIFICATION_REQUIRED',
    'The provider sends nothing to a new URL before it is verified, whatever went wrong.',
    'Verify the URL.',
  ],
  ['done, LOSES_DELIVERY_HISTORY', 'The provider forgets the deliveries of a webhook with it, whatever went wrong.', 'Nothing.'],
  ['failed, safe to send again', 'Nothing was changed.', 'Send the same call again, after the wait where one is named.'],
  [
    'failed, send again after a fix',
    'The provider, or what stands between, refuses the account. Nothing was changed.',
    'See to its credentials and permissions, and to what stands between.',
  ],
  [
    'failed, do not send again',
    'The answer to a read is not what the provider documents.',
    'Look at the provider, or what stands between.',
  ],
  [
    'create: unknown, 1 candidate',
    'The answer was lost, and the signing secret with it. The candidate is new and like it, and nothing proves that it is its webhook.',
    'Once you are sure that it is yours, delete it and create again.',
  ],
  [
    'create: unknown, nothing found',
    'The answer was lost, and nothing new like it showed up. It may yet.',
    'List the account before you create again.',
  ],
  [
    'update, delete: unknown, 1 candidate',
    'The answer was lost, and the candidate does not show the change. It may yet: an update was not sent again.',
    'Look again, then send it again. For a minute, later writes to the webhook carry EARLIER_WRITE_UNRESOLVED.',
  ],
  [
    'rotate: done, OLD_WEBHOOK_KEPT',
    'There is a new webhook with the secret that was handed out; the old one is still there.',
    'Keep the secret, have the receiver take both, then delete the old webhook.',
  ],
  [
    'rotate: done, OLD_WEBHOOK_UNKNOWN',
    'As above, but whether the old webhook is still there is not known.',
    'Keep the secret, and delete the old webhook: deleting what is gone succeeds.',
  ],
  [
    'rotate: unknown',
    'In place: the old secret may be dead. By replacement: the candidate, if there is one, is a new webhook whose secret is lost.',
    'In place: rotate again. By replacement: delete the candidate and rotate again; the old webhook is as it was.',
  ],
  [
    'verify: unknown, 1 candidate',
    'The answer was lost, and the candidate is not verified, or not yet.',
    'Look again, then verify again.',
  ],
  [
    'test, redeliver: unknown, nothing found',
    'The answer was lost. The event may have been sent, and is not sent again.',
    'Look at the deliveries or at the endpoint.',
  ],
]

const introduction = `# When a provider fails

What a caller of HookQL is told when something goes wrong with one call to a provider, for every operation. This file
is written by \`npm run faults\`, which runs every cell against a stand-in of the provider, over real HTTP, and
compares what the caller is told with what is then upstream. In every cell:

- one create makes at most one webhook, and is sent again only where it surely has not been carried out;
- what is told as done is there;
- what is told as failed has not happened;
- an endpoint is called at most once for one test, one verification or one event that is sent again.

## What to do

${outcomes.map(toLine).join('\n')}

## What goes wrong

The fault hits the operation's own call, once; for a write that is the first call that is not a GET. Only *nobody
listens* lasts, and where a row says *then*, the second call fails too. The *commit* is the moment at which the
provider has done what it was asked. For a read there is nothing to commit, so that *before* and *after* come to the
same. Calls that hang or are too slow end with the budget of the operation, \`HOOKQL_UPSTREAM_TIMEOUT_MS\`. Waits are
those of its default, ten seconds: what the gateway can wait out within it, it does.
`

const rotations = `
## Rotation, step by step

A rotation that is stopped at one of its writes. *Cut off* means that from then on nothing gets through to the provider
any more. Wherever it stops, at least as many webhooks send as before, what is left over is told, and a secret that was
handed out is the one that the provider signs with (Fingerprint's stand-in signs nothing, so that this is not tested there).
`

const company = `
## Others at work

Two writes over one upstream account at the same time, and nothing else goes wrong. The call of the first one is held on its
way while the second one has its turn; then it is *answered*, its answer is *lost*, or it is carried out *late*, when both have
been told. The second one is another client of the same slug, another slug of the same account, another process, or a person
who makes an equal webhook at the dashboard. A cell has what the first one is told, then the second. In every cell:

- what both are told is true upstream, in the order in which they came;
- no webhook is handed out twice, or offered as a candidate that was there before;
- nothing is sent twice but deletes, and nobody else's key is rotated;
- every secret that was handed out is the one that the provider signs with, unless the other one has rotated after it;
- a change that is undone by an earlier one carries EARLIER_WRITE_UNRESOLVED.

What one process cannot know of another is left out: there, two updates of one webhook at a provider that takes it as a whole may
undo each other, and nobody is warned of a write that is carried out late.
`

const shifting = `
## Pages that shift

A list of seven webhooks, two on a page, while somebody else changes it between two of its pages: at Verifik, whose pages are
known by their numbers, where it tells a total (B) and where it tells none (A). What is told as complete has all that was there
all the time, nobody is told NOT_FOUND of what is there, and nothing that was there before a create is a candidate.
`

/** The whole document. */
export function formatTable(
  results: readonly CellResult[],
  steps: readonly StepResult[],
  others: readonly OthersResult[],
  pages: readonly PagesResult[],
): string {
  const tables = providers.map((provider) => {
    const { name, displayName } = provider
    const operations = listOperations(provider)
    const cells = results.filter((cell) => cell.provider.name === name)
    const rows = faults.map(({ title }) => {
      const row = cells.filter(({ fault }) => fault.title === title)
      return [title, ...operations.map((operation) => row.find((cell) => cell.operation === operation)?.outcome ?? '')]
    })
    const lines = [['Fault', ...operations], ['---', ...operations.map(() => '---')], ...rows].map(toLine)
    return `\n## ${displayName}\n\n${lines.join('\n')}\n`
  })
  return (
    introduction +
    tables.join('') +
    rotations +
    formatSteps(steps) +
    company +
    formatOthers(others) +
    shifting +
    formatPages(pages)
  )
}

function formatOthers(results: readonly OthersResult[]): string {
  const head = ['Two', 'The second one', 'The call of the first one', ...providers.map(({ displayName }) => displayName)]
  const rows = scenarios.map(({ pair, second, fate }) => {
    const cells = results.filter((cell) => cell.pair === pair && cell.second === second && cell.fate === fate)
    return [
      pair,
      second,
      fate,
      ...providers.map(({ name }) => cells.find(({ provider }) => provider.name === name)?.outcome ?? ''),
    ]
  })
  return `\n${[head, head.map(() => '---'), ...rows].map(toLine).join('\n')}\n`
}

function formatPages(results: readonly PagesResult[]): string {
  const columns = Object.keys(readers) as Reader[]
  const head = ['Verifik', 'What happens', ...columns]
  const rows = variants.flatMap((variant) =>
    (Object.keys(changes) as Change[]).map((change) => {
      const cells = results.filter((cell) => cell.variant === variant && cell.change === change)
      return [variant, change, ...columns.map((reader) => cells.find((cell) => cell.reader === reader)?.outcome ?? '')]
    }),
  )
  return `\n${[head, head.map(() => '---'), ...rows].map(toLine).join('\n')}\n`
}

function formatSteps(steps: readonly StepResult[]): string {
  const rows = steps.map(({ provider, write, fault, outcome, left }) => [provider.displayName, write, fault, outcome, left])
  const head = ['Provider', 'Write', 'What happens', 'The caller is told', 'What is left']
  return `\n${[head, head.map(() => '---'), ...rows].map(toLine).join('\n')}\n`
}

function toLine(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`
}
