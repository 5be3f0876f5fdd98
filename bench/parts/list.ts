import { compare, compareTo, withServers } from '../measure.ts'
import { list } from '../questions.ts'
import { atLeast, atMost, formatRatio, print, printSamples } from '../report.ts'
import { four, tell } from '../rig.ts'
import { names, off, on, type Server } from '../server.ts'
import { brief, quick, thorough } from '../settings.ts'

/** The list of 20 webhooks on all servers, which most goals are about. */
export async function measureList(): Promise<void> {
  await withServers(four, names, list, async (servers) => {
    await measureThroughput(servers)
    await measureChanges(servers.filter(({ name }) => name === 'raw' || name === off || name === 'yoga'))
    if (!quick) await measureOtherLoads(servers)
    await measureLatency(servers.filter(({ name }) => name === 'raw' || name === off || name === on))
  })
}

async function measureThroughput(servers: readonly Server[]): Promise<void> {
  await tell()
  const samples = await compare(servers, list, 16, thorough)
  printSamples('List of 20 webhooks, upstream 0 ms, 16 connections', samples)
  const set = (name: (typeof names)[number], other: (typeof names)[number]) => compareTo(samples, name, other, 'perSecond')
  atLeast('list, sharing off, against raw', 0.5, set(off, 'raw'))
  atLeast('list, sharing off, against bare yoga', 1, set(off, 'yoga'))
  atLeast('list, sharing on, against raw', 1.3, set(on, 'raw'))
  print(
    `raw itself does ${formatRatio(set('raw', 'Apollo'))} what Apollo does, and ${formatRatio(set('raw', 'yoga'))} what yoga does.`,
  )
  print()
}

/** Lists that came before are recognized, so that those which differ each time cost more. */
async function measureChanges(servers: readonly Server[]): Promise<void> {
  await tell({ changing: true })
  const samples = await compare(servers, list, 16, thorough)
  printSamples('List of 20 webhooks that changes with every request, upstream 0 ms, 16 connections', samples)
  await tell()
}

async function measureOtherLoads(servers: readonly Server[]): Promise<void> {
  for (const connections of [1, 64]) {
    const samples = await compare(servers, list, connections, brief)
    printSamples(`List of 20 webhooks, upstream 0 ms, ${connections} connection${connections === 1 ? '' : 's'}`, samples)
  }
}

/** With a slow upstream, no server is at its limit, so the latency that each one adds shows. */
async function measureLatency(servers: readonly Server[]): Promise<void> {
  await tell({ latencyMs: 50 })
  // Longer, because the p99 of so few requests would be that of five.
  const samples = await compare(servers, list, 16, { ...thorough, seconds: 2 * thorough.seconds })
  printSamples('List of 20 webhooks, upstream 50 ms, 16 connections', samples)
  for (const name of [off, on] as const) {
    const sharing = name.slice('HookQL, '.length)
    atMost(`upstream 50 ms, ${sharing}, p50 against raw`, 1.03, compareTo(samples, name, 'raw', 'p50'))
    atMost(`upstream 50 ms, ${sharing}, p99 against raw`, 1.15, compareTo(samples, name, 'raw', 'p99'))
  }
}
