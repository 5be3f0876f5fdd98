import { type CST, isAlias, isCollection, isNode, isPair, isScalar, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'

// Where the parts of a file stand in its text.

/** Part of a text. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Where the line begins that has this offset. */
export function findLineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start
}

/** Where the line ends that has this offset, before its line break. */
export function findLineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  if (end === -1) return text.length
  return end > offset && text[end - 1] === '\r' ? end - 1 : end
}

/** What stands before this offset on its line. */
export function readBefore(text: string, offset: number): string {
  return text.slice(findLineStart(text, offset), offset)
}

/** Where a node or a pair ends, without comments and line breaks behind it. */
export function findEnd(part: unknown, text: string): number {
  if (isPair(part)) return hasText(part.value) ? findEnd(part.value, text) : (findColon(part)?.end ?? findEnd(part.key, text))
  if (isCollection(part) && part.flow !== true && part.items.length > 0) return findEnd(part.items.at(-1), text)
  const [start, end] = toRange(part)
  return start + text.slice(start, end).trimEnd().length
}

/** Whether a value is written: one that is left out is null. */
export function hasText(node: unknown): node is Node {
  const [start, end] = toRange(node)
  return isAlias(node) || end > start
}

/** Where the colon of a pair ends, whether a comment stands behind it, and whether nothing does but the value. */
export function findColon({
  srcToken,
}: Pair): { readonly end: number; readonly hasComment: boolean; readonly isBare: boolean } | undefined {
  const tokens = srcToken?.sep ?? []
  const colon = tokens.find(({ type }) => type === 'map-value-ind')
  if (colon === undefined) return undefined
  const hasComment = tokens.some(({ type }) => type === 'comment')
  const isBare = tokens.every(({ type }) => type === 'map-value-ind' || type === 'space')
  return { end: colon.offset + 1, hasComment, isBare }
}

/** Where the items of a collection stand, with their dashes, keys, anchors and tags. */
export function listParts(node: YAMLMap | YAMLSeq, text: string): readonly Range[] {
  const tokens = listTokens(node).filter(
    ({ key, value, start }) => key !== undefined || value !== undefined || start.some(({ type }) => type === 'seq-item-ind'),
  )
  return node.items.map((item, index) => {
    const own = tokens[index]?.start.find(({ type }) => /^(?:seq-item-ind|anchor|tag|explicit-key-ind)$/.test(type))
    const [start] = toRange(isPair(item) ? item.key : item)
    return { start: own?.offset ?? start, end: Math.max(findEnd(item, text), (own?.offset ?? -1) + 1) }
  })
}

function listTokens({ srcToken }: YAMLMap | YAMLSeq): readonly CST.CollectionItem[] {
  return srcToken !== undefined && 'items' in srcToken ? srcToken.items : []
}

/** The pairs of a mapping itself by their names, without what it merges. */
export function listPairs(node: YAMLMap): ReadonlyMap<string, Pair> {
  return new Map(node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]))
}

export function isFlow(node: unknown): boolean {
  return isCollection(node) && node.flow === true
}

/** Whether a node takes several lines. */
export function isLong(node: unknown, text: string): boolean {
  return text.slice(...toRange(node)).includes('\n')
}

/** What the lines of a mapping or list are indented by. */
export function readIndent(node: YAMLMap | YAMLSeq): number {
  return node.srcToken !== undefined && 'indent' in node.srcToken ? node.srcToken.indent : 0
}

function toRange(node: unknown): readonly [start: number, end: number] {
  const [start, end] = (isNode(node) ? node.range : null) ?? [0, 0]
  return [start, end]
}
