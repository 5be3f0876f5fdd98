/** Where a text stops being JSON, and why; undefined if it is JSON. Repeats nothing of it. */
export function findJsonProblem(given: string): { readonly offset: number; readonly issue: string } | undefined {
  // Files can begin with it, and nothing else takes it for content.
  const mark = given.startsWith('\uFEFF') ? 1 : 0
  const text = given.slice(mark)
  const message = parse(text)
  if (message === undefined) return undefined
  const offset = mark + findOffset(text)
  const before = text.slice(0, offset - mark).trimEnd()
  if (/[,]$/.test(before) && /^[\]}]/.test(given.slice(offset))) return { offset, issue: 'remove the comma before it' }
  const [reason = ''] =
    /^(?:Expected|Unterminated|Bad|Unexpected end|Unexpected non-whitespace)[^\n]*?(?= in JSON| after JSON| at position|$)/.exec(
      message,
    ) ?? []
  return {
    offset,
    issue: reason === '' ? 'there is no such character here' : `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`,
  }
}

/** The parser's message; undefined if it takes the text. */
function parse(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

/** The parser does not always say where: the offset is behind the longest beginning that something could follow. */
function findOffset(text: string): number {
  let [least, most] = [0, text.length]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (isBeginning(text.slice(0, middle))) least = middle
    else most = middle - 1
  }
  return least
}

function isBeginning(text: string): boolean {
  const message = parse(text)
  const position = /at position (\d+)/.exec(message ?? '')?.[1]
  return message === undefined || message.startsWith('Unexpected end') || Number(position) >= text.length
}
