import type { YAMLMap, YAMLSeq } from 'yaml'
import { findEnd, findLineEnd, findLineStart, isLong, type Range, readBefore } from './parts.ts'
import type { Style } from './print.ts'
import type { Splice } from './splice.ts'

/** Adds parts to a collection and takes parts away. What cannot be done so that the rest stays as it is resolves to false. */
export interface Layout {
  /** What the line of a part begins with. */
  readLead(part: Range | undefined): string
  removeInside(parts: readonly Range[], isKept: readonly boolean[]): boolean
  insertInside(node: YAMLMap | YAMLSeq, parts: readonly Range[], isKept: readonly boolean[], texts: readonly string[]): boolean
  removePairs(parts: readonly Range[], isKept: readonly boolean[]): boolean
  removeItems(parts: readonly Range[], isKept: readonly boolean[]): boolean
  insertLines(node: YAMLMap | YAMLSeq, lines: readonly string[]): void
}

export function createLayout(text: string, { isJson, eol, gap: inLine }: Style, put: (splice: Splice) => void): Layout {
  const remove = (start: number, end: number) => put({ start, end, text: '' })
  const insert = (place: number, own: string) => put({ start: place, end: place, text: own })
  const readLead = (part: Range | undefined) => /^[ \t]*/.exec(text.slice(findLineStart(text, part?.start ?? 0)))?.[0] ?? ''
  /** The line break before a line. */
  const findBreak = (lineStart: number) => (text[lineStart - 2] === '\r' ? lineStart - 2 : lineStart - 1)

  /** Whether what is removed has lines of its own, and some have comments, which no comma can follow. */
  function isInLines(parts: readonly Range[], isKept: readonly boolean[]): boolean {
    if (isJson) return false
    const rests = parts.map(({ end }) => text.slice(end, findLineEnd(text, end)))
    const hasComments = parts.some(({ start }, index) => {
      return findComments(start) < findLineStart(text, start) || rests[index]?.includes('#') === true
    })
    const isAlone = ({ start }: Range, index: number) =>
      readBefore(text, start).trim() === '' && /^[ \t]*,?[ \t]*(?:#.*)?$/.test(rests[index] ?? '')
    return hasComments && parts.every((part, index) => isKept[index] === true || isAlone(part, index))
  }

  function removeInside(parts: readonly Range[], isKept: readonly boolean[]): boolean {
    if (isInLines(parts, isKept)) return removeItems(parts, isKept)
    const tail = isKept.lastIndexOf(true) + 1
    parts.slice(0, tail).forEach(({ start }, index) => {
      if (isKept[index] === false) remove(start, parts[index + 1]?.start ?? start)
    })
    const [before, last] = [parts[tail - 1], parts.at(-1)]
    if (tail === parts.length || before === undefined || last === undefined) return true
    // A comment behind what is kept stays.
    if (text.slice(before.end, last.end).includes('#')) return false
    remove(before.end, last.end)
    return true
  }

  function insertInside(
    node: YAMLMap | YAMLSeq,
    parts: readonly Range[],
    isKept: readonly boolean[],
    texts: readonly string[],
  ): boolean {
    const last = isInLines(parts, isKept) ? parts[isKept.lastIndexOf(true)] : parts.at(-1)
    if (texts.length === 0 || last === undefined) return true
    const { start, end } = last
    const rest = text.slice(end, node.range?.[1] ?? end)
    const hasComma = /^(?:\s|#.*)*,/.test(rest)
    const isApart = readBefore(text, start).trim() === '' && isLong(node, text)
    const gap = isApart ? `${eol}${readLead({ start, end })}` : inLine
    // Behind a comment, what is new stands on the next line.
    if (isApart && /^,?[ \t]+#/.test(rest)) {
      if (!hasComma) insert(end, ',')
      insert(findLineEnd(text, end), texts.map((own) => `${gap}${own}`).join(',') + (hasComma ? ',' : ''))
    } else insert(end, texts.map((own) => `,${gap}${own}`).join(''))
    return true
  }

  function removeLines({ start, end }: Range, from = findLineStart(text, start)): void {
    remove(findBreak(from), findLineEnd(text, end))
  }

  function removePairs(parts: readonly Range[], isKept: readonly boolean[]): boolean {
    parts.forEach((part, index) => {
      if (isKept[index] === true) return
      if (readBefore(text, part.start).trim() === '') return removeLines(part)
      // Behind a dash, the next one takes its place.
      const behind = findLineEnd(text, part.end)
      remove(part.start, behind + (/^\s*/.exec(text.slice(behind))?.[0].length ?? 0))
    })
    const isFirstInLine = readBefore(text, parts[0]?.start ?? 0).trim() === ''
    return isFirstInLine || isKept[0] === true || isKept[1] === true
  }

  function removeItems(parts: readonly Range[], isKept: readonly boolean[]): boolean {
    parts.forEach((part, index) => {
      if (isKept[index] === false) removeLines(part, findComments(part.start))
    })
    return parts.every(({ start }, index) => isKept[index] === true || readBefore(text, start).trim() === '')
  }

  /** Where the lines of comments begin that stand right above an item. */
  function findComments(start: number): number {
    const indent = readBefore(text, start)
    let from = findLineStart(text, start)
    while (from > 1) {
      const above = findLineStart(text, findBreak(from))
      if (!text.startsWith(`${indent}#`, above)) break
      from = above
    }
    return from
  }

  function insertLines(node: YAMLMap | YAMLSeq, lines: readonly string[]): void {
    if (lines.length > 0) insert(findLineEnd(text, findEnd(node, text)), lines.map((line) => `${eol}${line}`).join(''))
  }

  return { readLead, removeInside, insertInside, removePairs, removeItems, insertLines }
}
