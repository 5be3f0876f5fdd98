import { isDeepStrictEqual } from 'node:util'
import { type Document, isCollection, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { isRecord } from '../../gateway/unchecked.ts'
import { createLayout } from './layout.ts'
import { findColon, findEnd, findLineEnd, hasText, isFlow, isLong, listPairs, listParts, readIndent } from './parts.ts'
import { printBehind, printFlow, printFlowPair, printInside, printItem, printPair, printScalar, type Style } from './print.ts'
import type { Splice } from './splice.ts'

/** Which item each one of a list was before; undefined for a new one. */
export type Origins = ReadonlyMap<unknown, readonly (number | undefined)[]>

interface ChangeOptions {
  readonly style: Style
  readonly before: unknown
  readonly after: unknown
  readonly origins: Origins
}

type Members = Readonly<Record<string, unknown>>
/** How another value is written where one stands. */
type Spot = (value: unknown) => Splice

/** What is to be replaced in the text of a document, so that it says something else. */
export function listChanges(
  document: Document,
  text: string,
  { style, before, after, origins }: ChangeOptions,
): readonly Splice[] {
  const splices: Splice[] = []
  const layout = createLayout(text, style, (splice) => void splices.push(splice))

  /** As much as can be changed within a node, else all of it. */
  function change(node: unknown, before: unknown, after: unknown, spot: Spot): void {
    if (isDeepStrictEqual(before, after)) return
    const count = splices.length
    if (isMap(node) && isRecord(before) && isRecord(after) && changeMap(node, before, after)) return
    if (isSeq(node) && Array.isArray(before) && Array.isArray(after) && changeList(node, before, after)) return
    splices.length = count
    splices.push(spot(after))
  }

  /** False if it must be written anew. */
  function changeMap(node: YAMLMap, before: Members, after: Members): boolean {
    const own = listPairs(node)
    const removed = new Set(Object.keys(before).filter((key) => !Object.hasOwn(after, key)))
    // What is merged cannot be taken away.
    if (own.size <= removed.size || [...removed].some((key) => !own.has(key))) return false
    if ([...own.values()].some((pair) => findColon(pair) === undefined)) return false
    for (const [key, pair] of own) {
      if (Object.hasOwn(after, key)) change(pair.value, before[key], after[key], toPairSpot(pair, node))
    }
    const isKept = [...own.keys()].map((key) => !removed.has(key))
    const added = Object.entries(after).filter(([key, value]) => !own.has(key) && !isDeepStrictEqual(before[key], value))
    const parts = listParts(node, text)
    if (isFlow(node)) {
      const indent = layout.readLead(parts.at(-1))
      const toText = ([key, value]: readonly [string, unknown]) =>
        printFlowPair(key, printInside(value, indent, isLong(node, text), style), style)
      return layout.removeInside(parts, isKept) && layout.insertInside(node, parts, isKept, added.map(toText))
    }
    const indent = ' '.repeat(readIndent(node))
    layout.insertLines(
      node,
      added.map(([key, value]) => `${indent}${printPair(key, value, indent, style)}`),
    )
    return layout.removePairs(parts, isKept)
  }

  /** Same for a list. */
  function changeList(node: YAMLSeq, before: readonly unknown[], after: readonly unknown[]): boolean {
    const found = origins.get(after) ?? matchItems(before, after)
    const kept = found.filter((origin) => origin !== undefined)
    const isInOrder = kept.every((origin, index) => found[index] === origin && origin > (kept[index - 1] ?? -1))
    if (!isInOrder || kept.length === 0) return false
    const parts = listParts(node, text)
    const indent = isFlow(node) ? layout.readLead(parts.at(-1)) : ' '.repeat(readIndent(node))
    kept.forEach((origin, index) => {
      const item = node.items[origin]
      const spot = (value: unknown) => {
        const inside = () => printInside(value, indent, isLong(item, text), style)
        return { start: 0, end: 0, ...parts[origin], text: isFlow(node) ? inside() : printItem(value, indent, style) }
      }
      change(item, before[origin], after[index], spot)
    })
    const keptItems = new Set(kept)
    const isKept = node.items.map((_, index) => keptItems.has(index))
    const last = node.items[kept.at(-1) ?? 0]
    const added = after.slice(kept.length)
    if (isFlow(node)) {
      const texts = added.map((value) => printInside(value, indent, isLong(last, text), style))
      return layout.removeInside(parts, isKept) && layout.insertInside(node, parts, isKept, texts)
    }
    const toItem = (value: unknown) =>
      isMap(last) && isFlow(last) ? `- ${printFlow(value, style)}` : printItem(value, indent, style)
    layout.insertLines(
      node,
      added.map((value) => `${indent}${toItem(value)}`),
    )
    return layout.removeItems(parts, isKept)
  }

  function toPairSpot(pair: Pair, node: YAMLMap): Spot {
    const { value: old } = pair
    const colon = findColon(pair) ?? { end: 0, hasComment: false, isBare: false }
    const end = hasText(old) ? findEnd(old, text) : colon.end
    return (value) => {
      if (isScalar(old) && hasText(old) && !isBlockText(old.type) && !isObject(value)) {
        return { start: old.range?.[0] ?? 0, end, text: printScalar(value, style, isFlow(node), old.type) }
      }
      if (isFlow(node)) {
        const indent = layout.readLead({ start: colon.end, end })
        const isFull = isCollection(old) && old.items.length > 0
        const inside = printInside(value, indent, isLong(isFull ? old : node, text), style)
        return colon.isBare && hasText(old)
          ? { start: old.range?.[0] ?? 0, end, text: inside }
          : { start: colon.end, end, text: ` ${inside}` }
      }
      const indent = ' '.repeat(readIndent(node))
      const isOneLine = isCollection(old) && isFlow(old) && old.items.length > 0
      const behind = isOneLine ? ` ${printFlow(value, style)}` : printBehind(value, indent, style)
      // A comment behind the colon, or behind all that stood there, stays; others were about what is gone.
      const comment = colon.hasComment ? text.slice(colon.end, Math.min(findLineEnd(text, colon.end), end)) : ''
      const lineEnd = findLineEnd(text, end)
      const rest = isCollection(old) && !isFlow(old) ? '' : text.slice(end, lineEnd)
      const own = behind.startsWith(' ') ? `${behind}${comment}${rest}` : `${comment}${rest}${behind}`
      return { start: colon.end, end: lineEnd, text: own }
    }
  }

  change(document.contents, before, after, () => ({ start: 0, end: text.length, text }))
  return splices
}

function isBlockText(type: string | undefined): boolean {
  return type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED'
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Which plain values of a list were there before, each once. */
function matchItems(before: readonly unknown[], after: readonly unknown[]): readonly (number | undefined)[] {
  const places = Map.groupBy(
    before.keys().filter((index) => !isObject(before[index])),
    (index) => before[index],
  )
  return after.map((item) => places.get(item)?.shift())
}
