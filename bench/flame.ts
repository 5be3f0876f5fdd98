import * as z from 'zod'

const profileShape = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

type CallFrame = z.output<typeof profileShape>['nodes'][number]['callFrame']

/** A sample of a moment when the process was busy. */
interface Sample {
  /** Outermost first. */
  readonly stack: readonly CallFrame[]
  /** Microseconds. */
  readonly time: number
}

/** Reads a .cpuprofile. */
export function readProfile(text: string): readonly Sample[] {
  const { nodes, samples, timeDeltas } = profileShape.parse(JSON.parse(text))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const read = (last: number): CallFrame[] => {
    const stack: CallFrame[] = []
    for (let id: number | undefined = last; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame
      if (frame !== undefined) stack.unshift(frame)
    }
    return stack
  }
  return samples
    .map((sample, index) => ({ stack: read(sample), time: timeDeltas[index] ?? 0 }))
    .filter(({ stack }) => stack.at(-1)?.functionName !== '(idle)')
}

/** The share of busy time in each owner's own code, without the functions of others that it calls. */
export function shareByOwner(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>()
  const whole = samples.reduce((sum, { time }) => sum + time, 0)
  for (const { stack, time } of samples) {
    const owner = findOwner(stack)
    shares.set(owner, (shares.get(owner) ?? 0) + time / whole)
  }
  return shares
}

function findOwner(stack: readonly CallFrame[]): string {
  const last = stack.at(-1)
  if (last?.functionName === '(garbage collector)') return 'garbage collection'
  if (last !== undefined && /^write(?:v|Latin1String|Utf8String|String|Buffer)$/.test(last.functionName))
    return 'writes to sockets and files'
  // Built-in functions such as JSON.parse count as their callers.
  const frame = stack.findLast(({ url, lineNumber }) => url !== '' || lineNumber >= 0)
  if (frame === undefined) return 'Node'
  if (frame.url === '') return 'compiled schemas'
  const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(frame.url)?.[1]
  if (name !== undefined) return name
  return frame.url.startsWith('node:') || frame.url.startsWith('wasm:') ? 'Node' : 'its own code'
}

interface Frame {
  readonly name: string
  /** Microseconds, including the functions that it called. */
  total: number
  readonly below: Map<string, Frame>
}

const [width, height, least] = [1_600, 17, 1]

/** A flame graph as SVG. The width of a frame is the busy time spent in it and below. */
export function drawFlames(samples: readonly Sample[]): string {
  const root: Frame = { name: 'all', total: 0, below: new Map() }
  for (const { stack, time } of samples) {
    root.total += time
    let frame = root
    for (const name of stack.slice(1).map(toName)) {
      const next: Frame = frame.below.get(name) ?? { name, total: 0, below: new Map() }
      frame.below.set(name, next)
      next.total += time
      frame = next
    }
  }
  const boxes: string[] = []
  const deepest = draw(root, 0, 0, width / root.total, boxes)
  const size = `width="${width}" height="${(deepest + 1) * height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="monospace" font-size="11">\n${boxes.join('\n')}\n</svg>\n`
}

function toName({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.replace(/^.*\/(?:node_modules|src)\//, '')
  return `${functionName || 'anonymous'}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}

function draw(frame: Frame, x: number, depth: number, scale: number, boxes: string[]): number {
  const wide = frame.total * scale
  if (wide < least) return depth
  const hue = 20 + ((frame.name.length * 7) % 35)
  boxes.push(
    `<g><title>${escape(frame.name)}: ${(frame.total / 1_000).toFixed(1)} ms</title>` +
      `<rect x="${x.toFixed(1)}" y="${depth * height}" width="${wide.toFixed(1)}" height="${height - 1}" fill="hsl(${hue} 85% 65%)"/>` +
      `<text x="${(x + 2).toFixed(1)}" y="${depth * height + 12}">${escape(frame.name.slice(0, Math.floor(wide / 7)))}</text></g>`,
  )
  let [at, deepest] = [x, depth]
  for (const next of [...frame.below.values()].toSorted((a, b) => b.total - a.total)) {
    deepest = Math.max(deepest, draw(next, at, depth + 1, scale, boxes))
    at += next.total * scale
  }
  return deepest
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
