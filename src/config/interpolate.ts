import { isRecord } from '../gateway/unchecked.ts'

/** Path in the file, from the root. */
export type Path = readonly PropertyKey[]

/** Replaces ${NAME} in all strings of `value` with environment variables. */
export function interpolate(
  value: unknown,
  path: Path,
  getVariable: (name: string) => string | undefined,
  report: (path: Path, issue: string) => void,
): unknown {
  if (typeof value === 'string') return fillIn(value, getVariable, (issue) => report(path, issue))
  if (Array.isArray(value)) return value.map((item, index) => interpolate(item, [...path, index], getVariable, report))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, [...path, key], getVariable, report)]),
  )
}

function fillIn(template: string, getVariable: (name: string) => string | undefined, report: (issue: string) => void): string {
  const issues = new Set<string>()
  const text = template.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    const found = isName ? getVariable(name) : undefined
    if (!isName) issues.add('write ${NAME} with the name of an environment variable')
    else if (found === undefined) issues.add(`the environment variable ${name} is not set. Set it and start HookQL again`)
    return found ?? ''
  })
  if (/\$\{[^}]*$/.test(template)) issues.add('write ${NAME}: the closing brace is missing')
  const bare = /^\$\(?([A-Za-z_][A-Za-z0-9_]*)\)?$/.exec(template)?.[1]
  if (bare !== undefined) {
    // A password can also start with $, so only valid variable names are repeated.
    const isName = getVariable(bare) !== undefined || /^[A-Z_][A-Z0-9_]*$/.test(bare)
    issues.add(`write \${${isName ? bare : 'NAME'}}: without braces, the variable is not replaced`)
  }
  for (const issue of issues) report(issue)
  return text
}
