import { toTarget } from '../../gateway/target.ts'
import { hideCredentials } from '../../http/redact.ts'
import { toHref } from '../../provider/answers.ts'

// The values of variables in what is shown.

/** Shows the names of variables in place of their values. */
export type Mask = (text: string) => string

/** `values` are by name, and `templates` what a file has in place of a whole text. */
export function createValueMask(values: ReadonlyMap<string, string>, templates: ReadonlyMap<string, string>): Mask {
  const named = [listForms, listHosts].flatMap((list) => {
    return [...values].flatMap(([name, value]) => list(value).map((form) => ({ name, form })))
  })
  if (named.length === 0) return (text) => text
  // The first of the same counts. Upper case is what the pattern compares.
  const names = new Map(named.toReversed().map(({ name, form }) => [form.toUpperCase(), name]))
  const pattern = toPattern(named.map(({ form }) => form))
  return (text) => templates.get(text) ?? hideValues(text, pattern, (found) => `\${${names.get(found.toUpperCase())}}`)
}

/** Finds a value in each of its forms. */
export function findValue(value: string): RegExp {
  return toPattern(listForms(value))
}

/** Finds the longest of these forms at each place, in any case. */
function toPattern(forms: readonly string[]): RegExp {
  const longestFirst = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  return new RegExp(longestFirst.map((form) => RegExp.escape(form)).join('|'), 'gi')
}

/** Puts a name in place of each value, also where values overlap. */
function hideValues(text: string, pattern: RegExp, toShown: (found: string) => string): string {
  let [shown, end] = ['', 0]
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { index, 0: found } = match
    // The next one can begin in this one.
    pattern.lastIndex = index + 1
    const next = index + found.length
    if (next <= end) continue
    shown += text.slice(end, index) + toShown(found)
    end = next
  }
  return shown + text.slice(end)
}

/** How a value can look: as it is or trimmed, as a URL or in one, also within another one, and quoted in a message. */
function listForms(given: string): readonly string[] {
  const forms = [given, given.trim()].flatMap((value) => {
    const inUrls = ['', 'https://'].flatMap((start) => {
      return listUrls(`${start}${value}`).map((url) => url.slice(start.length).replace(/\/$/, ''))
    })
    const [asPath, asQuery] = ['https://host/', 'https://host/?'].map((start) => toHref(`${start}${value}`).slice(start.length))
    const quoted = JSON.stringify(value).slice(1, -1)
    return [value, encodeURIComponent(value), encodeURI(value), ...inUrls, asPath ?? '', asQuery ?? '', quoted]
  })
  const encoded = forms.flatMap((form) => [form, encodeURIComponent(form), form.replaceAll('%', '%25')])
  return [...new Set(encoded.flatMap((form) => [form, form.replaceAll('/', String.raw`\/`)]))].filter((form) => form !== '')
}

/** How a gateway sends and shows a URL. */
function listUrls(url: string): readonly string[] {
  const sent = toTarget(url)
  return [toHref(url), sent, hideCredentials(sent, '***')]
}

/** The hosts in a value, which a message can name alone. */
export function listHosts(value: string): readonly string[] {
  const hosts = ['', 'https://'].map((start) => URL.parse(toTarget(`${start}${value}`))?.hostname ?? '')
  return hosts.filter((host) => host.includes('.'))
}
