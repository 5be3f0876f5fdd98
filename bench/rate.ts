export interface Rate {
  readonly perSecond: number
  /** CPU time that each of them takes the thread that serves everything. */
  readonly cpuMs: number
}

/** Runs something so often, 16 at once. */
export async function readRate(count: number, run: () => Promise<unknown>): Promise<Rate> {
  const [startedMs, cpu] = [performance.now(), process.threadCpuUsage()]
  let left = count
  const work = async () => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: 16 }, work))
  const { user, system } = process.threadCpuUsage(cpu)
  return { perSecond: (count / (performance.now() - startedMs)) * 1_000, cpuMs: (user + system) / count / 1_000 }
}
