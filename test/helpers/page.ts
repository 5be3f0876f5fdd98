import { readFileSync } from 'node:fs'

/** A line of Markdown with its heading level; null if it is not a heading, as in code blocks. */
interface Line {
  readonly text: string
  readonly level: number | null
}

export interface Heading {
  readonly title: string
  /** The anchor that GitHub generates for it. */
  readonly anchor: string
}

export function readRoot(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

/** A page of the documentation, by its path from the root. */
export function openPage(path: string) {
  const text = readRoot(path)
  const lines = toLines(text)

  /** The text below a heading, up to the next heading of the same level. */
  function getSection(title: string): string {
    const start = lines.findIndex(({ text: line, level }) => level !== null && line.replace(/^#+ /, '') === title)
    const { level: own } = lines[start] ?? {}
    if (own == null) throw new Error(`${path} has no section "${title}".`)
    const end = lines.findIndex(({ level }, index) => index > start && level !== null && level <= own)
    return lines
      .slice(start + 1, end === -1 ? undefined : end)
      .map((line) => line.text)
      .join('\n')
  }

  /** The code blocks in this language, in a section or on the page. */
  function getBlocks(language: string, title?: string): readonly string[] {
    const within = title === undefined ? text : `${getSection(title)}\n`
    const blocks = [...within.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    return blocks.flatMap(([, of, code = '']) => (of === language ? [code] : []))
  }

  function getBlock(language: string, title?: string): string {
    const [block, ...others] = getBlocks(language, title)
    if (block === undefined || others.length > 0) throw new Error(`${path} has not one block of ${language} in ${title}.`)
    return block
  }

  /** The rows of the first table in a section, without the header. */
  function getCells(title: string): readonly (readonly string[])[] {
    const [first = ''] = /(?:^\| .*\n?)+/m.exec(getSection(title)) ?? []
    const [, , ...rows] = first.trim().split('\n')
    return rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }

  /** Same, with only the code in each cell. */
  function getRows(title: string): readonly (readonly (readonly string[])[])[] {
    return getCells(title).map((cells) => cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)))
  }

  return { text, headings: toHeadings(lines), getSection, getBlocks, getBlock, getCells, getRows }
}

function toLines(text: string): readonly Line[] {
  let inCode = false
  return text.split('\n').map((line) => {
    if (line.startsWith('```')) inCode = !inCode
    const [, marks] = /^(#+) /.exec(line) ?? []
    return { text: line, level: inCode || marks === undefined ? null : marks.length }
  })
}

function toHeadings(lines: readonly Line[]): readonly Heading[] {
  const counts = new Map<string, number>()
  return lines.flatMap(({ text, level }) => {
    if (level === null) return []
    const title = text.slice(level + 1)
    const plain = title.toLowerCase().replaceAll(/[^\w\- ]/g, '')
    const anchor = plain.replaceAll(' ', '-')
    const count = counts.get(anchor) ?? 0
    counts.set(anchor, count + 1)
    return [{ title, anchor: count === 0 ? anchor : `${anchor}-${count}` }]
  })
}
