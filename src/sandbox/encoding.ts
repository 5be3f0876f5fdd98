// Request bodies, as providers encode them.

export interface Encoding {
  readonly type: string
  /** The body; undefined if it is malformed, which is rejected. */
  parse(text: string): unknown
}

export const encodings: Readonly<Record<'JSON' | 'FORM', Encoding>> = {
  JSON: { type: 'application/json', parse: parseJson },
  FORM: { type: 'application/x-www-form-urlencoded', parse: parseForm },
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Tree = Map<string, Tree | string>

/** The object of a form with nesting in brackets, with texts as values. Lists are `a[0]=`, from 0 without gaps, or `a[]=`. */
function parseForm(text: string): unknown {
  const root: Tree = new Map()
  for (const [name, value] of new URLSearchParams(text)) {
    const [, head, rest = ''] = /^([\w.-]+)((?:\[[^[\]]+\])*(?:\[\])?)$/.exec(name) ?? []
    if (head === undefined) return undefined
    const parts = [...rest.matchAll(/\[([^\]]*)\]/g)].map(([, part = '']) => part)
    if (!plant(root, [head, ...parts], value)) return undefined
  }
  return Object.fromEntries([...root].map(([name, value]) => [name, toValue(value)]))
}

/** False if there is something else already. */
function plant(tree: Tree, [part = '', ...rest]: readonly string[], value: string): boolean {
  const key = part === '' ? String(tree.size) : part
  const there = tree.get(key)
  if (rest.length === 0) {
    tree.set(key, value)
    return there === undefined
  }
  const branch: Tree | string = there ?? new Map()
  if (typeof branch === 'string') return false
  tree.set(key, branch)
  return plant(branch, rest, value)
}

function toValue(value: Tree | string): unknown {
  if (typeof value === 'string') return value
  const members = [...value].map(([name, member]): [string, unknown] => [name, toValue(member)])
  const isList = members.every(([name], index) => name === String(index))
  return isList ? members.map(([, member]) => member) : Object.fromEntries(members)
}
