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

interface Frame {
  readonly name: string
  /** Microseconds, of what it called too. */
  total: number
  readonly below: Map<string, Frame>
}

const [width, height, least] = [1_600, 17, 1]

/** A flame graph of a .cpuprofile as SVG: how wide a frame is says how much of the busy time is spent in it and below. */
export function drawFlames(text: string): string {
  const { nodes, samples, timeDeltas } = profileShape.parse(JSON.parse(text))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const root: Frame = { name: 'all', total: 0, below: new Map() }
  for (const [index, sample] of samples.entries()) {
    const stack: string[] = []
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id))
      stack.unshift(toName(byId.get(id)?.callFrame))
    if (stack.includes('(idle)')) continue
    const time = timeDeltas[index] ?? 0
    root.total += time
    let frame = root
    for (const name of stack.slice(1)) {
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

function toName(frame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } | undefined): string {
  if (frame === undefined) return '?'
  const file = frame.url.replace(/^.*\/(?:node_modules|dist)\//, '')
  return `${frame.functionName || 'anonymous'}${file === '' ? '' : ` ${file}:${frame.lineNumber + 1}`}`
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
