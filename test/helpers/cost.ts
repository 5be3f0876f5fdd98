/** The CPU time of a run, which does not depend on how busy the machine is, and its result. */
export async function clock<Result>(run: () => Promise<Result>) {
  const started = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(started)
  return { result, micros: user + system }
}

/** Processor time of what runs at once, in milliseconds. */
export function clockAtOnce(run: () => unknown): number {
  const started = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(started)
  return (user + system) / 1_000
}

interface Run {
  readonly what: string
  /** Runs it once and resolves to its cost. */
  measure(): Promise<number>
}

/** The runs that always cost more than a number of ordinary runs measured at the same time: noise only adds to a measurement. */
export async function listCostly(
  runs: readonly Run[],
  measureOrdinary: () => Promise<number>,
  mostTimes: number,
): Promise<readonly { readonly what: string; readonly times: number }[]> {
  const ordinary: number[] = []
  const costs = new Map<Run, number[]>(runs.map((run) => [run, []]))
  const measureOnce = async (run: Run) => {
    for (let count = 0; count < 5; count += 1) ordinary.push(await measureOrdinary())
    costs.get(run)?.push(await run.measure())
  }
  const listOver = () => {
    const unit = toMedian(ordinary)
    const times = [...costs].map(([run, own]) => ({ run, times: Math.round(Math.min(...own) / unit) }))
    return times.filter((each) => each.times > mostTimes)
  }
  for (const run of runs) await measureOnce(run)
  for (const { run } of listOver()) for (let round = 0; round < 4; round += 1) await measureOnce(run)
  return listOver().map(({ run, times }) => ({ what: run.what, times }))
}

function toMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
