import type { Intent, Outcome } from '../../src/store/store.ts'

export const intent: Intent = {
  id: 'entry-1',
  operation: 'CREATE',
  account: 'shop',
  provider: 'verifik',
  upstream: 'https://api.test',
  webhook: null,
  caller: 'ada',
  keyHash: null,
  before: null,
  facts: { url: 'https://hook.test' },
  secrets: {},
  startedMs: 1_000,
}

export const outcome: Outcome = {
  state: 'SUCCEEDED',
  webhook: 'w1',
  after: { url: 'https://hook.test', enabled: true },
  result: { webhook: 'w1' },
  error: null,
  candidates: null,
  recovered: false,
  signingSecret: null,
  secretUntilMs: null,
  holdsKey: true,
  setsSecret: false,
  settledMs: 2_000,
}
