import { styleText } from 'node:util'
import type { Environment } from '../config/config.ts'

/** Colours a text where that is wanted. */
export type Style = (style: Parameters<typeof styleText>[0], text: string) => string

/** Whether a stream shows nothing but text: colours and what moves the cursor are for a terminal alone, never with NO_COLOR. */
export function isPlain({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>, { NO_COLOR, TERM }: Environment): boolean {
  return !isTTY || Boolean(NO_COLOR) || TERM === 'dumb'
}

export function createStyle(environment: Environment): Style {
  const isColoured = !isPlain(process.stdout, environment)
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text)
}
