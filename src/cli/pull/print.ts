import { Document, isMap, isPair, isScalar, isSeq, type Scalar, stringify, visit } from 'yaml'
import { isRecord } from '../../gateway/unchecked.ts'
import { toJson } from '../json.ts'
import { isFlow, isLong, readIndent } from './parts.ts'

/** How a file is written. */
export interface Style {
  readonly isJson: boolean
  readonly eol: string
  /** What each level is indented by. */
  readonly step: string
  /** What a list is indented by below its key. */
  readonly listStep: string
  /** Whether event types stand on one line. */
  readonly hasFlowLists: boolean
  /** What stands inside of brackets and braces. */
  readonly padding: { readonly list: string; readonly map: string }
  /** What stands behind a comma or colon on one line. */
  readonly gap: '' | ' '
  readonly isSingleQuoted: boolean
}

/** How a file is written: as the first of each kind in it. */
export function readStyle(document: Document, text: string, isJson: boolean): Style {
  const steps: number[] = []
  const listSteps: number[] = []
  const [lists, maps]: readonly [string[], string[]] = [[], []]
  const quotes: unknown[] = []
  const types: boolean[] = []
  visit(document, {
    Scalar(_, { type = '' }) {
      if (type.startsWith('QUOTE')) quotes.push(type)
    },
    Collection(_, node, path) {
      const parent = path.findLast((each) => isMap(each))
      if (isFlow(node)) {
        if (node.items.length > 0 && !isLong(node, text))
          (isMap(node) ? maps : lists).push(/^\s/.test(text.slice((node.range?.[0] ?? 0) + 1)) ? ' ' : '')
      } else if (parent !== undefined && isPair(path.at(-1))) {
        const indent = readIndent(node) - readIndent(parent)
        if (isMap(node)) steps.push(indent)
        else listSteps.push(indent)
      }
    },
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'eventTypes' && isSeq(value)) types.push(value.flow === true)
    },
  })
  const ofJson = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  const step = isJson ? ofJson : ' '.repeat(steps[0] ?? 2)
  return {
    isJson,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    step,
    listStep: listSteps[0] === undefined ? step : ' '.repeat(listSteps[0]),
    hasFlowLists: types[0] ?? false,
    padding: { list: lists[0] ?? '', map: maps[0] ?? (isJson ? '' : ' ') },
    gap: isJson && /"[:,]\S/.test(text) ? '' : ' ',
    isSingleQuoted: quotes[0] === 'QUOTE_SINGLE',
  }
}

/** A value that is neither a list nor a mapping, quoted as the one that was there if there was one. */
export function printScalar(value: unknown, style: Style, isFlow: boolean, type?: Scalar.Type): string {
  if (style.isJson) return toJson(value)
  if (typeof value === 'string') {
    // Such text stays on one line.
    if (type === 'QUOTE_DOUBLE' || /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(value)) return quote(value)
    if (type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`
    // The name << merges what stands behind it.
    if (value === '<<') return '"<<"'
  }
  const options = { lineWidth: 0, blockQuote: false, singleQuote: style.isSingleQuoted } as const
  if (!isFlow) return stringify(value, options).trimEnd()
  const document = new Document([value])
  if (isSeq(document.contents)) document.contents.flow = true
  return document
    .toString({ ...options, flowCollectionPadding: false })
    .trimEnd()
    .slice(1, -1)
}

/** As in JSON, but with one escape for a character that has two there: YAML has no halves of one. */
function quote(text: string): string {
  return toJson(text).replaceAll(/\\u(d[89ab]..)\\u(d[c-f]..)/g, (_, ...halves: readonly string[]) => {
    const units = halves.slice(0, 2).map((half) => Number.parseInt(half, 16))
    return `\\U${String.fromCharCode(...units)
      .codePointAt(0)
      ?.toString(16)
      .padStart(8, '0')}`
  })
}

/** A value on one line. */
export function printFlow(value: unknown, style: Style): string {
  const { gap, padding } = style
  const wrap = (items: readonly string[], inside: string) =>
    items.length === 0 ? '' : `${inside}${items.join(`,${gap}`)}${inside}`
  if (Array.isArray(value)) {
    const items = value.map((item) => printFlow(item, style))
    return `[${wrap(items, padding.list)}]`
  }
  if (!isRecord(value)) return printScalar(value, style, true)
  const pairs = Object.entries(value).map(([key, item]) => printFlowPair(key, printFlow(item, style), style))
  return `{${wrap(pairs, padding.map)}}`
}

/** A key on the line of its value. */
export function printFlowPair(key: string, value: string, style: Style): string {
  return `${printScalar(key, style, true)}:${style.gap}${value}`
}

/** A value on one line where it has to be, or is usual; undefined for one that takes several. */
function printShort(value: unknown, style: Style): string | undefined {
  if (Array.isArray(value)) {
    const isUsual = style.hasFlowLists && value.every((item) => typeof item !== 'object')
    return value.length === 0 || isUsual ? printFlow(value, style) : undefined
  }
  if (isRecord(value)) return Object.keys(value).length === 0 ? '{}' : undefined
  return printScalar(value, style, false)
}

/** What stands behind a key or a dash: on the same line, or on lines of its own. */
export function printBehind(value: unknown, indent: string, style: Style): string {
  const short = printShort(value, style)
  if (short !== undefined) return ` ${short}`
  const inner = `${indent}${Array.isArray(value) ? style.listStep : style.step}`
  return printBlock(value, inner, style)
    .map((line) => `${style.eol}${line}`)
    .join('')
}

/** A value on lines of its own, each with its indentation. */
function printBlock(value: unknown, indent: string, style: Style): readonly string[] {
  if (Array.isArray(value)) return value.map((item) => `${indent}${printItem(item, indent, style)}`)
  if (!isRecord(value)) return [`${indent}${printScalar(value, style, false)}`]
  return Object.entries(value).map(([key, item]) => `${indent}${printPair(key, item, indent, style)}`)
}

/** A key and its value, whose further lines have their indentation. */
export function printPair(key: string, value: unknown, indent: string, style: Style): string {
  return `${printScalar(key, style, true)}:${printBehind(value, indent, style)}`
}

/** A dash and an item, whose further lines have their indentation. */
export function printItem(value: unknown, indent: string, style: Style): string {
  const short = printShort(value, style)
  if (short !== undefined) return `- ${short}`
  return `- ${printBlock(value, `${indent}  `, style).join(style.eol).trimStart()}`
}

/** A value as JSON, or on one line. */
export function printInside(value: unknown, indent: string, isExpanded: boolean, style: Style): string {
  if (!style.isJson || !isExpanded) return printFlow(value, style)
  return toJson(value, style.step).replaceAll('\n', `${style.eol}${indent}`)
}
