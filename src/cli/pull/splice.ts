import { type Document, isNode, type Node, visit } from 'yaml'
import type { Resolve } from '../file/aliases.ts'
import { isFlow, type Range } from './parts.ts'
import { printFlow, type Style } from './print.ts'

/** What stands in place of a part of a text. */
export interface Splice extends Range {
  readonly text: string
}

/** Undefined if two of them are for the same part. */
export function spliceText(text: string, splices: readonly Splice[]): string | undefined {
  const parts: string[] = []
  let place = 0
  for (const { start, end, text: own } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < place) return undefined
    parts.push(text.slice(place, start), own)
    place = end
  }
  return [...parts, text.slice(place)].join('')
}

/** An alias of what is changed elsewhere says what it did before, in its own words. */
export function spareAliases(document: Document, splices: readonly Splice[], resolve: Resolve, style: Style): readonly Splice[] {
  const changed = new Map<Node, string | null>()
  const spared: Splice[] = []
  const isWithin = (inner: Range) => splices.some(({ start, end }) => start <= inner.start && inner.end <= end)

  /** What an anchor stood for; null if it still does. */
  function findLost(target: Node): string | null {
    const known = changed.get(target)
    if (known !== undefined) return known
    const { start, end } = toRange(target)
    const reach = isFlow(target) || !('items' in target) ? 0 : 1
    const isLost = splices.some((each) => each.start < end + reach && each.end > start)
    const lost = isLost ? printFlow(target.toJS(document, { maxAliasCount: -1 }), style) : null
    changed.set(target, lost)
    return lost
  }

  visit(document, {
    Alias(_, alias) {
      const target = resolve(alias)
      const range = toRange(alias)
      const lost = isNode(target) ? findLost(target) : null
      if (lost !== null && !isWithin(range)) spared.push({ ...range, text: lost })
    },
  })
  return spared
}

function toRange(node: Node): Range {
  const [start, end] = node.range ?? [0, 0]
  return { start, end }
}
