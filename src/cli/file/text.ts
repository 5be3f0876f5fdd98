import { readFileSync } from 'node:fs'

/** The text of a file; undefined if it cannot be read, and the line with the first byte that is no text. */
export function readText(file: string): string | { readonly invalidLine: number } | undefined {
  const bytes = readBytes(file)
  if (bytes === undefined) return undefined
  const text = bytes.toString('utf8')
  // Wrong bytes become a character that they were not.
  if (Buffer.from(text).equals(bytes)) return text
  const wrong = Buffer.from(text).findIndex((byte, index) => byte !== bytes[index])
  return { invalidLine: bytes.subarray(0, wrong).toString('latin1').split('\n').length }
}

function readBytes(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
