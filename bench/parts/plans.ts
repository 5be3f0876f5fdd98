import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { pull } from '../../src/plan/pull.ts'
import { providers } from '../../src/providers/index.ts'
import { median } from '../measure.ts'
import { atMost, formatRatio, formatSpread, printTable, printTitle } from '../report.ts'
import { planned, sized, tell } from '../rig.ts'
import { thorough } from '../settings.ts'

type Input = Parameters<Gateway['plan']>[0]

interface Measured {
  readonly count: number
  readonly listMs: readonly number[]
  readonly planMs: readonly number[]
}

/** What a plan costs, compared to the lists that it reads. */
export async function measurePlans(): Promise<void> {
  await tell()
  const measured: Measured[] = []
  for (const size of planned) measured.push(await measure(size))
  printTitle('A plan of as many desired as actual webhooks in eight accounts, upstream 0 ms')
  printTable(
    ['webhooks', 'lists, ms', 'plan, ms', 'spread', '× lists'],
    measured.map(({ count, listMs, planMs }) => [
      String(count),
      median(listMs).toFixed(0),
      median(planMs).toFixed(0),
      formatSpread(planMs),
      formatRatio(median(planMs) / median(listMs)),
    ]),
  )
  const [least, most] = [measured[0], measured.at(-1)]
  if (least === undefined || most === undefined) return
  const growth = most.count / least.count
  atMost(`a plan of ${most.count} webhooks, against listing them`, 2, median(most.planMs) / median(most.listMs))
  atMost(
    `time of a plan, ${least.count} to ${most.count} webhooks, by growth of the number`,
    1,
    median(most.planMs) / median(least.planMs) / growth,
  )
}

async function measure(size: number): Promise<Measured> {
  const dispatcher = createDispatcher()
  // Each of the four under two names.
  const accounts = (sized[size] ?? []).flatMap((upstream) =>
    ['a', 'b'].map((name) => ({ ...upstream, slug: `${upstream.slug}-${name}`, sandbox: false })),
  )
  const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs: 60_000, door: { sharing: false, pacing: false } })
  try {
    const input = await readInput(gateway)
    const [listMs, planMs]: [number[], number[]] = [[], []]
    // The first round is not measured: V8 has not compiled the code yet.
    for (let round = -1; round < thorough.rounds; round += 1) {
      const samples = [await time(() => list(gateway)), await time(() => gateway.plan(input, (account) => gateway.list(account)))]
      if (round < 0) continue
      listMs.push(samples[0] ?? 0)
      planMs.push(samples[1] ?? 0)
    }
    return { count: input.webhooks.length, listMs, planMs }
  } finally {
    await dispatcher.destroy()
  }
}

const list = (gateway: Gateway) => Promise.all(gateway.accounts.map((account) => gateway.list(account)))

/** What a pull of all accounts would write, with a change of every tenth webhook. */
async function readInput(gateway: Gateway): Promise<Input> {
  const listings = await list(gateway)
  const webhooks = listings.flatMap(({ account, webhooks }) =>
    pull({
      account,
      provider: gateway.getProvider(account.provider),
      webhooks,
      isComplete: true,
      isPruned: false,
      findObstacle: () => undefined,
    }),
  )
  return {
    webhooks: webhooks.map(({ account, id, name, url, eventTypes, enabled }, index) => ({
      account,
      id,
      name,
      url,
      eventTypes,
      enabled: index % 10 === 0 ? enabled !== true : enabled,
    })),
    prune: gateway.accounts.map(({ slug }) => slug),
  }
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await run()
  return performance.now() - startedMs
}
