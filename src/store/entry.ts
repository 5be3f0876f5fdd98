import type { Json } from '../webhook.ts'
import type { Intent, Step, StoredEntry } from './store.ts'
import type { EntryRow } from './tables.ts'

export function formatJson(value: Json): string | null {
  return value === null ? null : JSON.stringify(value)
}

// Only the store writes its columns.
function parseJson(text: string | null): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return text === null ? null : (JSON.parse(text) as Json)
}

export function formatStep(step: Step): string {
  return `${JSON.stringify(step)}\n`
}

export function parseSteps(lines: string): readonly Step[] {
  return (
    lines
      .split('\n')
      .slice(0, -1)
      // Written by formatStep only.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      .map((line) => JSON.parse(line) as Step)
  )
}

export function toRow({ id, operation, account, provider, upstream, webhook, caller, ...intent }: Intent) {
  return {
    id,
    operation,
    account,
    provider,
    upstream,
    webhook,
    caller,
    key_hash: intent.keyHash,
    held_key: intent.keyHash,
    before: formatJson(intent.before),
    facts: formatJson(intent.facts),
    steps: '',
    state: 'RUNNING' as const,
    recovered: 0,
    started_ms: intent.startedMs,
  }
}

export function toEntry(row: EntryRow): StoredEntry {
  const { id, operation, account, provider, upstream, webhook, previous, caller, state } = row
  return {
    position: row.position,
    id,
    operation,
    account,
    provider,
    upstream,
    webhook,
    previous,
    caller,
    keyHash: row.key_hash,
    holdsKey: row.held_key !== null,
    before: parseJson(row.before),
    facts: parseJson(row.facts),
    steps: parseSteps(row.steps),
    state,
    after: parseJson(row.after),
    result: parseJson(row.result),
    error: parseJson(row.error),
    candidates: parseJson(row.candidates),
    recovered: row.recovered === 1,
    secretUntilMs: row.secret_until_ms,
    startedMs: row.started_ms,
    settledMs: row.settled_ms,
    abandonedMs: row.abandoned_ms,
    isOwnedElsewhere: row.is_owned_elsewhere === 1,
  }
}
