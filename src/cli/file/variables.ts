import type { Environment } from '../../config/config.ts'
import { toTarget } from '../../gateway/target.ts'
import { isRecord } from '../../gateway/unchecked.ts'
import { toHref } from '../../provider/answers.ts'
import { createValueMask, findValue, listHosts, type Mask } from './mask.ts'
import type { Path } from './source.ts'

// ${WEBHOOKS_…} in a file. Other variables cannot be used: a plan that is printed in a pull request could show a secret of another
// program.

const prefix = 'WEBHOOKS_'
const usable = new RegExp(`^${prefix}[A-Za-z0-9_]+$`)
/** Shorter values are ordinary words, and are masked only where a file uses them. */
const shortestUnused = 8

/** What can change a value in a URL, whatever that is: whether a file is refused must not tell how a value begins or ends. */
const changing = [
  // A segment that takes away the one before.
  /[/\\](?:\.|%2e){2}(?![^/\\?#])/i,
  // What becomes one character with the last or the first one of a value.
  /\}(?:%[89a-f]|[^\x20-\x7e])/i,
  /(?:%[\da-f]?|xn--[^./?#]{0,60})\$\{/i,
]

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
  createMask(): Mask
}

export function createVariables(environment: Environment): Variables {
  const used = new Map<string, string>()
  /** What the file has in place of what was filled. */
  const templates = new Map<string, string>()
  const patterns = new Map<string, RegExp>()

  function fillIn(template: string, path: Path, report: (issue: string) => void): string {
    const own: string[] = []
    const text = template.replaceAll(/\$\$|\$\{([^}]*)(\}?)/g, (whole, name: string | undefined, brace: string) => {
      if (name === undefined) return '$'
      if (brace === '') {
        report('write ${NAME}: the closing brace is missing')
        return whole
      }
      const value = usable.test(name) ? environment[name] : undefined
      if (value) {
        used.set(name, value)
        own.push(name)
      } else if (name.startsWith(prefix)) report(`the environment variable ${name} is not set. Set it and run the command again`)
      else
        report(
          `only variables whose names start with ${prefix} are replaced, because plans are shown. For the text itself, write $$\{…}`,
        )
      return value ?? ''
    })
    if (own.length === 0) return text
    for (const form of [text, text.trim(), toHref(text), toTarget(text)]) if (form !== '') templates.set(form, template)
    const issue = findShowing(path, template, text, own)
    if (issue !== undefined) report(issue)
    return text
  }

  function findOwn(name: string): RegExp {
    const pattern = patterns.get(name) ?? findValue(used.get(name) ?? '')
    patterns.set(name, pattern)
    return pattern
  }

  /** Why a plan could tell more of the values in a text than their names. */
  function findShowing(path: Path, template: string, text: string, names: readonly string[]): string | undefined {
    // A plan sorts them, and suggests others that are like them.
    if (path.at(-2) === 'eventTypes') return 'event types have no variables, because a plan tells much of them. Write it out'
    if (path.at(-1) !== 'url') return undefined
    const sent = toTarget(text)
    const host = URL.parse(sent)?.hostname ?? ''
    const end = sent.indexOf(host) + host.length
    const isHidden = (name: string) => {
      const found = [...sent.matchAll(findOwn(name))]
      // A message can name the host alone.
      const isCut = found.some(({ index, 0: { length } }) => index < end && index + length > end)
      const isWhole = !isCut || listHosts(used.get(name) ?? '').some((own) => host.endsWith(own))
      return isWhole && found.length >= names.filter((each) => each === name).length
    }
    // No URL has white space in it.
    const plain = template.replaceAll(/[\p{Cc} ]/gu, '')
    if (!changing.some((pattern) => pattern.test(plain)) && names.every(isHidden)) return undefined
    return 'a plan could show a part of a value, because what is beside its variable can change it, such as /.. or an accent after it, or %, 0x or xn-- before it. Remove that, or put the whole URL into the variable'
  }

  function fill(root: unknown, report: (path: Path, issue: string) => void): unknown {
    let count = 0
    let deep: Path | undefined
    const walk = (value: unknown, path: Path): unknown => {
      count += 1
      if (path.length > mostLevels) deep ??= path.slice(0, toldLevels)
      if (count > mostValues || deep !== undefined) return undefined
      if (typeof value === 'string') return fillIn(value, path, (issue) => report(path, issue))
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
  function createMask(): Mask {
    const others = Object.entries(environment).flatMap(([name, value = '']) =>
      usable.test(name) && value.trim().length >= shortestUnused ? [[name, value] as const] : [],
    )
    return createValueMask(new Map([...used, ...others]), templates)
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
