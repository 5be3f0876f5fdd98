import { styleText } from 'node:util'
import type { Environment } from '../config/config.ts'
import { toPlain } from '../observe/plain.ts'

/** Colours a text where that is wanted. */
export type Style = (style: Parameters<typeof styleText>[0], text: string) => string

/** Whether a stream shows nothing but text: colours and what moves the cursor are for a terminal alone, never with NO_COLOR. */
export function isPlain({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>, { NO_COLOR, TERM }: Environment): boolean {
  return !isTTY || Boolean(NO_COLOR) || TERM === 'dumb'
}

/** What has switched a colour on or off so far. */
const switches = new Set<string>()

export function createStyle(environment: Environment): Style {
  const isColoured = !isPlain(process.stdout, environment)
  return (style, text) => {
    if (!isColoured) return text
    for (const each of styleText(style, ' ', { validateStream: false }).split(' ')) switches.add(each)
    return styleText(style, text, { validateStream: false })
  }
}

/** One line with nothing that a terminal would take for a command, except for colours. */
export function toColoured(line: string): string {
  const parts = line.split(/(\p{Cc}\[\d+m)/u)
  return parts.map((part) => (switches.has(part) ? part : toPlain(part))).join('')
}
