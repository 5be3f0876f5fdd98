import fc from 'fast-check'

/**
 * Any code point but the surrogates: what fast-check calls binary, without the map of a million characters that it makes for
 * it in every process.
 */
export const codePoint = fc
  .integer({ min: 0, max: 0x10_ffff })
  .filter((code) => code < 0xd8_00 || code > 0xdf_ff)
  .map((code) => String.fromCodePoint(code), toCode)

function toCode(text: unknown): number {
  const code = typeof text === 'string' ? text.codePointAt(0) : undefined
  if (code === undefined || String.fromCodePoint(code) !== text) throw new Error('It is not one code point.')
  return code
}
