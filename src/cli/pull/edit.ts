import { isRecord } from '../../gateway/unchecked.ts'
import type { DesiredWebhook } from '../file/desired.ts'
import { escapeVariables } from '../file/variables.ts'
import type { PulledAccount } from './actual.ts'
import { findVague, matchAll } from './match.ts'
import { type OpenText, openText } from './rewrite.ts'
import { editWebhook } from './webhook.ts'

/** A file that is to say what exists. */
export interface EditedFile {
  readonly file: string
  /** Null if there is none yet. */
  readonly text: string | null
  /** The webhooks that it says now, in its order. */
  readonly known: readonly DesiredWebhook[]
}

/** What pulling did to a file. */
export interface Edit {
  readonly text: string
  readonly added: number
  readonly changed: number
  /** Webhooks of the file that do not exist. */
  readonly removed: readonly DesiredWebhook[]
  /** Webhooks of the file that differ from its defaults where no file can say what they have. */
  readonly inherited: readonly { readonly known: DesiredWebhook; readonly path: string }[]
  /** Webhooks of the file that are the same as another one that some file says, with that. */
  readonly repeated: readonly (readonly [own: DesiredWebhook, other: DesiredWebhook])[]
}

const newYaml = '# yaml-language-server: $schema=./node_modules/hookql/webhooks.schema.json\n\naccounts: {}\n'
const newJson = '{\n  "accounts": {}\n}\n'

/**
 * Makes files say what exists: in their order, with their comments and variables. New webhooks come after the others of their account, in
 * the first file that has it, or else in the first file. Throws CommandError.
 */
export function editFiles(files: readonly EditedFile[], accounts: readonly PulledAccount[]): readonly Edit[] {
  const opened = files.map(({ file, text }) => openText(text ?? (file.endsWith('.json') ? newJson : newYaml), file))
  const lists = accounts.flatMap((account) => editAccount(account, files, opened))
  return opened.map(({ content, rewrite }, index) => {
    const own = lists.filter((list) => list.index === index)
    const sum = (key: 'added' | 'changed') => own.reduce((total, list) => total + list[key], 0)
    const edited = own.reduce(withList, content)
    const text = rewrite({ content: edited, origins: new Map(own.map(({ items, origins }) => [items, origins])) })
    return {
      text,
      added: sum('added'),
      changed: sum('changed'),
      removed: own.flatMap(({ removed }) => removed),
      inherited: own.flatMap(({ inherited }) => inherited),
      repeated: own.flatMap(({ repeated }) => repeated),
    }
  })
}

/** What a file is to say of an account. */
interface List {
  /** Of the file. */
  readonly index: number
  readonly slug: string
  readonly provider: string
  readonly items: readonly unknown[]
  /** Which item each one was before. */
  readonly origins: readonly (number | undefined)[]
  readonly added: number
  readonly changed: number
  readonly removed: Edit['removed']
  readonly inherited: Edit['inherited']
  readonly repeated: Edit['repeated']
}

function editAccount(account: PulledAccount, files: readonly EditedFile[], opened: readonly OpenText[]): readonly List[] {
  const { slug, provider, webhooks } = account
  const known = files.map((file) => file.known.filter((each) => each.account === slug))
  const all = known.flat()
  const matches = matchAll(all, account)
  const found = new Set(matches)
  const missing = webhooks.filter((webhook) => !found.has(webhook))
  const vague = findVague(all, matches, missing, account)
  const added = missing.map((webhook) => escapeVariables({ ...(vague.has(webhook) && { id: webhook.id }), ...webhook.fields }))
  const holder = Math.max(
    opened.findIndex(({ content }) => findAccount(content, slug) !== undefined),
    0,
  )
  let place = 0
  return known.map((own, index) => {
    const { webhooks: before, defaults } = findAccount(opened[index]?.content, slug) ?? {}
    const given: readonly unknown[] = Array.isArray(before) ? before : []
    const kept = own.flatMap((webhook, origin) => {
      const item = given[origin]
      const match = matches[place + origin]
      if (match === undefined) return []
      if (match === 'KEPT' || 'repeated' in match) return [{ origin, item, edited: item, inherited: [] }]
      const unsaid = match.listUnsaid(webhook)
      const edited = editWebhook(item, match, webhook, { provider: provider.name, needsId: vague.has(match), unsaid })
      const inherited = unsaid.filter((path) => hasPath(defaults, path.split('.'))).map((path) => ({ known: webhook, path }))
      return [{ origin, item, edited, inherited }]
    })
    const repeated = own.flatMap((webhook, origin) => {
      const match = matches[place + origin]
      const other = typeof match === 'object' && 'repeated' in match ? all[match.repeated] : undefined
      return other === undefined ? [] : [[webhook, other] as const]
    })
    const removed = own.filter((_, origin) => matches[place + origin] === undefined)
    place += own.length
    const fresh = index === holder ? added : []
    return {
      index,
      slug,
      provider: provider.name,
      items: [...kept.map(({ edited }) => edited), ...fresh],
      origins: [...kept.map(({ origin }) => origin), ...fresh.map(() => undefined)],
      added: fresh.length,
      changed: kept.filter(({ item, edited }) => item !== edited).length,
      removed,
      inherited: kept.flatMap((each) => each.inherited),
      repeated,
    }
  })
}

function hasPath(value: unknown, [key, ...rest]: readonly string[]): boolean {
  return key === undefined || (isRecord(value) && Object.hasOwn(value, key) && hasPath(value[key], rest))
}

function findAccount(content: unknown, slug: string): Readonly<Record<string, unknown>> | undefined {
  const accounts = isRecord(content) && isRecord(content['accounts']) ? content['accounts'] : {}
  const account = Object.hasOwn(accounts, slug) ? accounts[slug] : undefined
  return isRecord(account) ? account : undefined
}

function withList(content: unknown, { slug, provider, items, added, changed, removed }: List): unknown {
  if (!isRecord(content) || added + changed + removed.length === 0) return content
  const accounts = isRecord(content['accounts']) ? content['accounts'] : {}
  const account = findAccount(content, slug) ?? { provider }
  return { ...content, accounts: { ...accounts, [slug]: { ...account, webhooks: items } } }
}
