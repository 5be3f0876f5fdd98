import { stripVTControlCharacters } from 'node:util'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { toReadable } from '../../src/observe/log.ts'

describe('a line of the log in a terminal', () => {
  it('tells when, how bad, what and about what, on one line', () => {
    const lines: string[] = []
    const log = pino({ level: 'debug', timestamp: () => ',"time":1767607200123' }, { write: (line) => void lines.push(line) })
    log.info({ account: 'main', durationMs: 12, error: { code: 'X' } }, 'upstream call')
    log.error('metrics failed')
    log.warn({ text: 'two\nlines' })
    log.warn({ text: '\u009B\u202E\u2028' }, '\u001B[8mhidden\n')
    expect(lines.map((line) => stripVTControlCharacters(toReadable(line)))).toEqual([
      "[10:00:00.123] INFO: upstream call account='main' durationMs=12 error={ code: 'X' }\n",
      '[10:00:00.123] ERROR: metrics failed\n',
      "[10:00:00.123] WARN:  text='two\\nlines'\n",
      "[10:00:00.123] WARN: \\u{1b}[8mhidden\\u{a} text='\\x9B\\u{202e}\\u{2028}'\n",
    ])
  })
})
