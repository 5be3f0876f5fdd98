import { styleText } from 'node:util'
import type { Environment } from '../config/config.ts'

/** Colours a text where that is wanted. */
export type Style = (style: Parameters<typeof styleText>[0], text: string) => string

/** Colours are for a terminal alone, never with NO_COLOR. */
export function createStyle({ NO_COLOR, TERM }: Environment): Style {
  const isColoured = process.stdout.isTTY && !NO_COLOR && TERM !== 'dumb'
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text)
}
