import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { parseId } from '../../src/id.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Asked } from '../faults/outcome.ts'
import type { Rig } from '../faults/rig.ts'
import { type Environment, type RunningGateway, startGateway } from '../helpers/process.ts'
import { type Act, makeTrouble, toFailure, toInput, type Told, type WriteOperation } from './act.ts'
import { type Case, type Facts, openCase } from './case.ts'
import { toStandInVariables } from '../helpers/variables.ts'

const hook = fileURLToPath(new URL('hook.ts', import.meta.url))

const documents: Readonly<Record<WriteOperation, readonly [field: string, input: string, success: string, fields: string]>> = {
  create: ['createWebhook', 'CreateWebhookInput', 'CreateWebhookSuccess', 'webhook { id } signingSecret secretState'],
  update: ['updateWebhook', 'UpdateWebhookInput', 'UpdateWebhookSuccess', 'webhook { id }'],
  delete: ['deleteWebhook', 'DeleteWebhookInput', 'DeleteWebhookSuccess', 'deletedId'],
  rotate: [
    'rotateWebhookSecret',
    'RotateWebhookSecretInput',
    'RotateWebhookSecretSuccess',
    'webhook { id } signingSecret secretState',
  ],
  verify: ['verifyWebhook', 'VerifyWebhookInput', 'VerifyWebhookSuccess', 'webhook { id }'],
  test: ['testWebhook', 'TestWebhookInput', 'TestWebhookSuccess', 'accepted'],
  redeliver: ['redeliverEvent', 'RedeliverEventInput', 'RedeliverEventSuccess', 'webhookCount'],
}

const answered = z.object({
  result: z.union([
    z.object({ code: z.string(), candidates: z.array(z.unknown()).default([]) }),
    z.object({
      webhook: z.object({ id: z.string() }).optional(),
      signingSecret: z.string().nullish(),
      secretState: z.string().optional(),
      replayed: z.boolean(),
      warnings: z.array(z.object({ code: z.string() })),
    }),
  ]),
})
const journaled = z.object({ journal: z.object({ nodes: z.array(z.object({ id: z.string(), state: z.string() })) }) })

/** Sends the write over GraphQL; null if the connection ends without a response. */
export async function ask({ ask: query }: RunningGateway, act: Act, asked: Asked): Promise<Told | null> {
  const [field, input, success, fields] = documents[act.operation]
  const document = `mutation ($input: ${input}!) { result: ${field}(input: $input) {
    ... on ${success} { ${fields} replayed warnings { code } }
    ... on WebhookError { code }
    ... on OutcomeUnknownError { candidates { id } }
  } }`
  const variables = { input: { ...toInput(act, asked)[act.operation], idempotencyKey: 'key' } }
  const answer = await query(document, variables).catch(() => null)
  if (answer === null) return null
  const { result } = answered.parse(answer.data)
  if ('code' in result) return toFailure(result.code, result.candidates.length)
  const { webhook, signingSecret = null, secretState, replayed, warnings } = result
  const parsed = parseId(webhook?.id ?? '')
  const upstreamId = parsed?.kind === 'webhook' ? parsed.upstreamId : null
  return { error: null, webhook: upstreamId, secret: signingSecret, isGone: secretState === 'GONE', replayed, warnings }
}

/** What happens to the first process: after LOST, its last commit is not in the file. */
type Blow = 'SIGKILL' | 'SIGTERM' | 'LOST'

/** Runs a case with real processes: the first one gets a signal at its moment, and another one starts on its store. */
export async function runReal(tried: Case, blow: Blow = 'SIGKILL'): Promise<Facts> {
  const { rig, asked } = await openCase(tried)
  const folder = await mkdtemp(join(tmpdir(), 'hookql-crash-'))
  try {
    return await runIn(rig, join(folder, 'hookql.db'), asked, tried, blow)
  } finally {
    await rig.close()
    await rm(folder, { recursive: true })
  }
}

async function runIn(rig: Rig, path: string, asked: Asked, tried: Case, blow: Blow): Promise<Facts> {
  const { act, moments } = tried
  const { standIn } = rig
  const [moment] = moments
  if (moment === undefined) throw new TypeError('Nothing stops it')
  const key = randomBytes(32).toString('base64')
  const environment = toEnvironment(rig, path, key)
  const before = await rig.readStored()
  const since = standIn.calls.length
  const { place, when } = moment
  const signal = blow === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL'
  const first = await startGateway(
    place.kind === 'COMMIT'
      ? {
          ...environment,
          NODE_OPTIONS: `--import=${hook}`,
          CRASH_AT: `${place.commit} ${when === 'LOST' ? 'after' : when} ${signal}`,
        }
      : environment,
  )
  if (place.kind === 'REQUEST' && (when === 'before' || when === 'after')) {
    const target = { ...place.target, when }
    standIn.fail(signal === 'SIGKILL' ? { ...target, cut: 'connection' } : target, async () => {
      first.kill(signal)
      await (signal === 'SIGKILL' ? first.exited : first.waitFor(/SIGTERM: draining/))
    })
  }
  makeTrouble(rig, act, asked)
  const told = await ask(first, act, asked)
  // A process that was not struck would never end.
  if (told !== null && signal === 'SIGKILL') await first.stop()
  const exit = await first.exited
  if (blow === 'LOST') await cutLastCommit(`${path}-wal`)
  await rig.readStored()
  const settledSince = standIn.calls.length

  const second = await startGateway(environment)
  try {
    const shown = await waitUntilSettled(second)
    const after = await rig.readStored()
    const repeatedSince = standIn.calls.length
    const repeat = async () => (await ask(second, act, asked)) ?? toFailure('DISCONNECTED', 0)
    const repeated = await Promise.all([repeat(), repeat()])
    const end = await rig.readStored()
    const calls = {
      first: standIn.calls.slice(since, settledSince),
      settling: standIn.calls.slice(settledSince, repeatedSince),
      repeated: standIn.calls.slice(repeatedSince),
    }
    second.kill('SIGTERM')
    await second.exited
    const { entry, secret } = await readEntry(path, key, shown?.id ?? null)
    const owner = entry?.webhook ?? null
    const alive =
      secret !== null && owner !== null && end.some(({ id }) => id === owner) && (await rig.hands.isAlive(owner, secret))
    const hasCome = signal === 'SIGKILL' ? told === null && exit.signal === signal : told !== null && exit.code === 0
    return { tried, asked, told, before, after, entry, secret, isAlive: alive, repeated, end, calls, hasCome, places: [] }
  } finally {
    await second.stop()
  }
}

/** The last entry, once it is not running any more. */
async function waitUntilSettled({ ask }: Pick<Awaited<ReturnType<typeof startGateway>>, 'ask'>) {
  for (;;) {
    const { data } = await ask('{ journal(first: 1) { nodes { id state } } }')
    const [shown] = journaled.parse(data).journal.nodes
    if (shown?.state !== 'RUNNING') return shown
    await sleep(10)
  }
}

/** The settings of a gateway with the account of a rig. */
export function toEnvironment({ provider, standIn }: Rig, path: string, key: string): Environment {
  return { HOOKQL_STORE: path, HOOKQL_STORE_KEY: key, ...toStandInVariables(provider, standIn) }
}

/** What the store has of an entry, by its global ID. */
async function readEntry(path: string, key: string, globalId: string | null) {
  const parsed = parseId(globalId ?? '')
  if (parsed?.kind !== 'entry') return { entry: null, secret: null }
  const store = await openStore({ path, keys: parseKeys(key, 'test') })
  try {
    return { entry: await store.find(parsed.id), secret: await store.openSecret(parsed.id, 'signingSecret') }
  } finally {
    await store.close()
  }
}

const walHeaderBytes = 32
const frameHeaderBytes = 24

/** Takes the last transaction from the end of SQLite's log, as if the disk had never written it. */
async function cutLastCommit(wal: string): Promise<void> {
  const log = await readFile(wal)
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8)
  const ends: number[] = []
  for (let start = walHeaderBytes; start + frameBytes <= log.length; start += frameBytes) {
    // Only the last frame of a transaction has the size of the database, and only those of this log have its salt.
    const isOwn = log.subarray(start + 8, start + 16).equals(log.subarray(16, 24))
    if (isOwn && log.readUInt32BE(start + 4) > 0) ends.push(start + frameBytes)
  }
  if (ends.length === 0) throw new Error('There is no transaction in the log')
  await truncate(wal, ends.at(-2) ?? walHeaderBytes)
}
