import { readFileSync, statSync } from 'node:fs'

/** More than any file has whose plan a gateway takes. */
const mostBytes = 20_000_000

/** Why a file has no text, and in which line. */
export interface Unread {
  readonly issue: string
  readonly line: number
}

/** The text of a file, or why there is none. */
export function readText(file: string): string | Unread {
  const bytes = readBytes(file)
  if (!Buffer.isBuffer(bytes)) return bytes
  const text = bytes.toString('utf8')
  // Wrong bytes become a character that they were not.
  if (Buffer.from(text).equals(bytes)) return text
  const wrong = Buffer.from(text).findIndex((byte, index) => byte !== bytes[index])
  const line = bytes.subarray(0, wrong).toString('latin1').split('\n').length
  return { issue: 'is not text in UTF-8. Save it in that encoding', line }
}

function readBytes(file: string): Buffer | Unread {
  try {
    const stats = statSync(file)
    // Such as a device that has no end, or a FIFO that waits for a writer.
    if (!stats.isFile()) return toUnread('is not a regular file. Name another one')
    if (stats.size > mostBytes) return toUnread(`is larger than ${mostBytes / 1_000_000} MB. Use several files`)
    return readFileSync(file)
  } catch {
    return toUnread('cannot be read. Check its path and permissions')
  }
}

function toUnread(issue: string): Unread {
  return { issue, line: 1 }
}
