import { isRecord } from '../../gateway/unchecked.ts'
import type { Environment } from '../../config/config.ts'
import type { Path } from './source.ts'

// ${WEBHOOKS_…} in a file. Other variables cannot be used: a plan that is printed in a pull request could show a secret of another
// program.

const prefix = 'WEBHOOKS_'
const usable = new RegExp(`^${prefix}[A-Za-z0-9_]+$`)
/** Shorter values are ordinary words, and are masked only where a file uses them. */
const shortestUnused = 8

/** More values than any file has; aliases can stand for more than there is memory. */
const mostValues = 1_000_000
/** More levels than any file has; an alias can stand for what contains it. */
const mostLevels = 100
/** As many levels as lead to an option of a webhook. */
const toldLevels = 6

export interface Variables {
  /** Replaces the variables in all strings of a value. Reports a problem with its path. Undefined for a value without bounds. */
  fill(value: unknown, report: (path: Path, issue: string) => void): unknown
  /** For what was filled by then: shows the names of variables in place of their values. */
  createMask(): (text: string) => string
}

export function createVariables(environment: Environment): Variables {
  const used = new Map<string, string>()

  function fillIn(template: string, report: (issue: string) => void): string {
    return template.replaceAll(/\$\$|\$\{([^}]*)(\}?)/g, (whole, name: string | undefined, brace: string) => {
      if (name === undefined) return '$'
      if (brace === '') {
        report('write ${NAME}: the closing brace is missing')
        return whole
      }
      const value = usable.test(name) ? environment[name] : undefined
      if (value) used.set(name, value)
      else if (name.startsWith(prefix)) report(`the environment variable ${name} is not set. Set it and run the command again`)
      else
        report(
          `only variables whose names start with ${prefix} are replaced, because plans are shown. For the text itself, write $$\{…}`,
        )
      return value ?? ''
    })
  }

  function fill(root: unknown, report: (path: Path, issue: string) => void): unknown {
    let count = 0
    let deep: Path | undefined
    const walk = (value: unknown, path: Path): unknown => {
      count += 1
      if (path.length > mostLevels) deep ??= path.slice(0, toldLevels)
      if (count > mostValues || deep !== undefined) return undefined
      if (typeof value === 'string') return fillIn(value, (issue) => report(path, issue))
      if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
      if (!isRecord(value)) return value
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]))
    }
    const filled = walk(root, [])
    if (deep !== undefined) report(deep, 'is nested too deeply. Look for an alias that stands for what contains it')
    else if (count > mostValues) report([], 'has aliases that stand for too much data')
    else return filled
    return undefined
  }

  /** Also for variables that are not used any more: what exists may still have their values. */
  function createMask(): (text: string) => string {
    const others = Object.entries(environment).flatMap(([name, value = '']) =>
      usable.test(name) && value.trim().length >= shortestUnused ? [[name, value] as const] : [],
    )
    const forms = [...new Map([...used, ...others])].flatMap(([name, value]) => listForms(value).map((form) => ({ name, form })))
    const longestFirst = forms.toSorted((a, b) => b.form.length - a.form.length)
    if (longestFirst.length === 0) return (text) => text
    const pattern = new RegExp(longestFirst.map(({ form }) => RegExp.escape(form)).join('|'), 'gi')
    return (text) =>
      text.replaceAll(pattern, (found) => {
        const { name } = longestFirst.find(({ form }) => form.toLowerCase() === found.toLowerCase()) ?? { name: prefix }
        return `\${${name}}`
      })
  }

  return { fill, createMask }
}

/** A value so that `fill` gives it as it is: what others have named can look like a variable. Keys are never filled. */
export function escapeVariables(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (Array.isArray(value)) return value.map(escapeVariables)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeVariables(item)]))
}

/** How a value can look: as it is or trimmed, as a URL or in one, also within another one, and quoted in a message. */
function listForms(given: string): readonly string[] {
  const forms = [given, given.trim()].flatMap((value) => {
    const toHref = (start: string) => URL.parse(`${start}${value}`)?.href.slice(start.length) ?? value
    const toBare = (start: string) => toHref(start).replace(/\/$/, '')
    const [asUrl, asHost] = [toBare(''), toBare('https://')]
    const [asPath, asQuery] = [toHref('https://host/'), toHref('https://host/?')]
    const quoted = JSON.stringify(value).slice(1, -1)
    return [value, encodeURIComponent(value), encodeURI(value), asUrl, asHost, asPath, asQuery, quoted]
  })
  const encoded = forms.flatMap((form) => [form, encodeURIComponent(form), form.replaceAll('%', '%25')])
  return [...new Set(encoded.flatMap((form) => [form, form.replaceAll('/', String.raw`\/`)]))].filter((form) => form !== '')
}
