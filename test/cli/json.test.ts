import { expect, it } from 'vitest'
import { toJson } from '../../src/cli/json.ts'

const text = 'a\u009B31m\u202E\u007F\u2028\u{E0041}\n\u0000\u00ADé🎉\\u009b'

it.each([0, 2, '\t'])('shows no command to a terminal, and stays the same JSON: %j', (indent) => {
  const json = toJson({ [text]: [text] }, indent)
  expect(JSON.parse(json)).toEqual({ [text]: [text] })
  expect(json).toContain(String.raw`"a\u009b31m\u202e\u007f\u2028\udb40\udc41\n\u0000\u00adé🎉\\u009b"`)
  expect(json.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
  expect(json.split('\n')).toHaveLength(indent === 0 ? 1 : 5)
})
