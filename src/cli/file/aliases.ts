import { Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from 'yaml'

// What the aliases and merges of a file stand for.

/** What each node stands for: an alias for the last node before it that has its anchor, any other node for itself. */
export type Resolve = (node: unknown) => unknown

/** Finds what all aliases stand for at once, or the first one without an anchor: for each, the library looks through the whole file. */
export function linkAliases(document: Document): Resolve | { readonly unresolved: Alias } {
  const anchors = new Map<string, Node>()
  const targets = new Map<unknown, Node>()
  let unresolved: Alias | undefined
  visit(document, {
    Node(_, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node)
        return undefined
      }
      const target = anchors.get(node.source)
      if (target === undefined) {
        unresolved = node
        return visit.BREAK
      }
      targets.set(node, target)
      node.resolve = (within, context) => {
        if (context !== undefined) context.aliasResolveCache = [target, node]
        return Alias.prototype.resolve.call(node, within, context)
      }
      return undefined
    },
  })
  return unresolved === undefined ? (node) => targets.get(node) ?? node : { unresolved }
}

/** Whether a key merges what it has into its mapping. In quotes, it is a key like any other. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
}

/** What a pair merges, in the order in which the first one counts. */
export function listMerged({ value }: Pair, resolve: Resolve): readonly unknown[] {
  const merged = resolve(value)
  return isSeq(merged) ? merged.items.map(resolve) : [merged]
}

/** The first value that is merged and is no mapping. */
export function findWrongMerge(document: Document, resolve: Resolve): unknown {
  let found: unknown
  visit(document, {
    Pair(_, pair) {
      if (!isMerge(pair) || listMerged(pair, resolve).every((each) => isMap(each))) return undefined
      found = pair.value
      return visit.BREAK
    },
  })
  return found
}
