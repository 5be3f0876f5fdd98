import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from 'yaml'
import { findWrongMerge, isMerge, linkAliases, listMerged, type Resolve } from './aliases.ts'
import { findJsonProblem } from './json.ts'
import { readText } from './text.ts'

/** Path in a file, from its root. */
export type Path = readonly PropertyKey[]

/** A file, line and column. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A problem in a file, for the person who wrote it. */
export interface Problem {
  readonly place: Place
  readonly path: Path
  readonly issue: string
}

/** The content of a YAML or JSON file, and where each part of it stands. */
export interface Source {
  readonly file: string
  readonly content: unknown
  /** Where the value at a path begins, or the nearest part around it that there is. */
  locate(path: Path): Place
  /** Where a key begins. */
  locateKey(path: Path): Place
}

/** Reads a file, or tells what is wrong with it. `file` is what it is called. */
export function readSource(path: string, file: string): Source | { readonly problems: readonly Problem[] } {
  const fail = (issue: string, place: Place = { file, line: 1, column: 1 }) => ({ problems: [{ place, path: [], issue }] })
  const text = readText(path)
  if (typeof text === 'object') return fail(text.issue, { file, line: text.line, column: 1 })
  const lines = new LineCounter()
  const wrongJson = file.endsWith('.json') ? findJsonProblem(text) : undefined
  // Aliases share what they stand for, so expanding them costs nothing here.
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'error' })
  const toPlace = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  if (wrongJson !== undefined) return fail(`is not valid JSON: ${wrongJson.issue}`, toPlace(wrongJson.offset))
  // What follows from it says nothing more.
  const exhausted = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  if (exhausted !== undefined) return fail('is nested too deeply', toPlace(exhausted.pos[0]))
  const wrong = [...document.errors, ...document.warnings]
  if (wrong.length > 0)
    return { problems: wrong.map((each) => ({ place: toPlace(each.pos[0]), path: [], issue: toIssue(each) })) }
  const toPlaceOf = (node: unknown) => toPlace((isNode(node) ? node.range?.[0] : undefined) ?? 0)
  const resolve = linkAliases(document)
  if (typeof resolve === 'object') return fail('an alias has no anchor before it', toPlaceOf(resolve.unresolved))
  try {
    const content: unknown = document.toJS({ maxAliasCount: -1 })
    const locate = (path: Path, part: 'KEY' | 'VALUE') => toPlaceOf(find(document, path, part, resolve))
    return { file, content, locate: (path) => locate(path, 'VALUE'), locateKey: (path) => locate(path, 'KEY') }
  } catch {
    const wrong = findWrongMerge(document, resolve)
    if (wrong === undefined) return fail('merges what contains it')
    return fail('<< takes a mapping, an alias of one, or a list of those', toPlaceOf(wrong))
  }
}

/** What is wrong in the syntax. What the library only warns of, such as a tag that nothing knows, would be lost. */
function toIssue({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'repeats a key'
  if (code === 'MULTIPLE_DOCS') return 'a file has one document. Remove the others, or use several files'
  return `is not valid YAML: ${message.split('\n')[0]?.replace(/ at line .*$/, '')}`
}

function find(document: Document, path: Path, part: 'KEY' | 'VALUE', resolve: Resolve): Node | null {
  let holder: unknown = document.contents
  let place: unknown = holder
  for (const [index, key] of path.entries()) {
    const inner = resolve(holder)
    if (isSeq(inner)) holder = inner.items[Number(key)]
    else {
      const pair = isMap(inner) ? findPair(inner.items, key, resolve) : undefined
      holder = pair?.value
      if (pair !== undefined && part === 'KEY' && index === path.length - 1) return isNode(pair.key) ? pair.key : null
    }
    if (!isNode(holder)) break
    place = holder
  }
  return isNode(place) ? place : null
}

/** In a mapping itself, else in what it merges. */
function findPair(pairs: readonly Pair[], key: PropertyKey, resolve: Resolve): Pair | undefined {
  const own = pairs.find((each) => toName(each) === String(key))
  if (own !== undefined) return own
  return pairs
    .filter(isMerge)
    .flatMap((each) => listMerged(each, resolve))
    .map((each) => (isMap(each) ? findPair(each.items, key, resolve) : undefined))
    .find((pair) => pair !== undefined)
}

function toName({ key }: Pair): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : ''
}
