import { isDeepStrictEqual } from 'node:util'
import { Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, visit, type YAMLMap, YAMLSeq } from 'yaml'
import type { DesiredWebhook } from '../file/desired.ts'
import { escapeVariables } from '../file/variables.ts'
import type { Json } from '../../webhook.ts'
import { toHref } from '../../provider/answers.ts'
import type { PulledAccount, PulledWebhook } from './actual.ts'
import { matchAll } from './match.ts'

/** What pulling did to a file. */
export interface Edit {
  readonly text: string
  readonly added: number
  readonly changed: number
  readonly removed: number
}

const header = ' yaml-language-server: $schema=./node_modules/hookql/webhooks.schema.json'

/**
 * Makes a file say what exists: in its order, with its comments and variables, and with new webhooks after the others of their account.
 * `known` are the webhooks that it says now.
 */
export function editFile(before: string | null, accounts: readonly PulledAccount[], known: readonly DesiredWebhook[]): Edit {
  const document = before === null ? createDocument() : parseDocument(before, { merge: true })
  const counts = accounts.map((account) =>
    editAccount(
      document,
      account,
      known.filter((each) => each.account === account.slug),
    ),
  )
  const sum = (key: keyof (typeof counts)[number]) => counts.reduce((total, each) => total + each[key], 0)
  const edit = { added: sum('added'), changed: sum('changed'), removed: sum('removed') }
  const isSame = before !== null && edit.added + edit.changed + edit.removed === 0
  return { text: isSame ? before : document.toString({ lineWidth: 0, ...readStyle(before ?? '') }), ...edit }
}

/** Whether lists are indented below their keys. */
function readStyle(text: string): { readonly indentSeq: boolean } {
  return { indentSeq: !/^( *)[^\s#-].*:\n\1- /m.test(text) }
}

function createDocument(): Document {
  const document = new Document({ accounts: {} })
  document.commentBefore = header
  return document
}

function editAccount(document: Document, { slug, provider, webhooks, others }: PulledAccount, known: readonly DesiredWebhook[]) {
  const path = ['accounts', slug]
  if (!document.hasIn(path)) {
    if (webhooks.length > 0)
      document.setIn(
        path,
        toNode(document, { provider: provider.name, webhooks: webhooks.map(({ fields }) => escapeVariables(fields)) }),
      )
    return { added: webhooks.length, changed: 0, removed: 0 }
  }
  const list = document.getIn([...path, 'webhooks'], true)
  const seq = isSeq(list) ? list : new YAMLSeq()
  const matches = matchAll(known, webhooks, others)
  const kept = seq.items.flatMap((item, index) => {
    const match = matches[index]
    if (match === undefined) return []
    const desired = known[index]
    if (match === 'KEPT' || desired === undefined) return [{ item, isChanged: false }]
    const own = isAlias(item) ? toNode(document, item.toJS(document)) : item
    const isChanged = isMap(own) && editWebhook(document, own, match, desired, provider.name)
    return [{ item: isChanged ? own : item, isChanged }]
  })
  const found = new Set(matches)
  const added = webhooks.filter((webhook) => !found.has(webhook)).map(({ fields }) => toNode(document, escapeVariables(fields)))
  const removed = seq.items.length - kept.length
  seq.items = [...kept.map(({ item }) => item), ...added]
  if (added.length > 0) seq.flow = false
  if (seq !== list) document.setIn([...path, 'webhooks'], seq)
  return { added: added.length, changed: kept.filter(({ isChanged }) => isChanged).length, removed }
}

/** Changes the fields that the file manages. Returns whether any differed. */
function editWebhook(
  document: Document,
  item: YAMLMap,
  { id, fields }: PulledWebhook,
  known: DesiredWebhook,
  provider: string,
): boolean {
  const own = known.options?.[provider] ?? {}
  const changes: readonly (readonly [path: readonly string[], value: Json | undefined, isSame: boolean])[] = [
    [['id'], fields.id, known.id === id || known.id === fields.id],
    [['name'], fields.name, known.name === undefined || (fields.name ?? known.name) === known.name],
    [['url'], fields.url, toHref(known.url) === toHref(fields.url)],
    [['eventTypes'], fields.eventTypes, known.eventTypes === undefined || isSameSet(known.eventTypes, fields.eventTypes)],
    [['enabled'], fields.enabled, known.enabled === undefined || (fields.enabled ?? known.enabled) === known.enabled],
    ...Object.entries(own).map(([option, value]) => {
      const actual = fields.options?.[option]
      return [['options', option], actual, actual === undefined || isDeepStrictEqual(actual, value)] as const
    }),
  ]
  const differing = changes.filter(([, , isSame]) => !isSame)
  for (const [path, value] of differing) {
    if (value === undefined) item.deleteIn(path)
    else {
      // Options can be an alias, or come from defaults.
      if (path.length > 1 && !isMap(item.get('options', true))) item.set('options', document.createNode({}))
      // A plain value replaces one without its comment.
      const escaped = escapeVariables(value)
      item.setIn(path, typeof escaped === 'object' ? toNode(document, escaped) : escaped)
    }
  }
  return differing.length > 0
}

/** A value as part of a file. The name << is marked as text, because without that it merges. */
function toNode(document: Document, value: unknown): Node {
  const node = document.createNode(value)
  visit(node, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '<<') return
      key.tag = 'tag:yaml.org,2002:str'
      key.type = 'QUOTE_DOUBLE'
    },
  })
  return node
}

function isSameSet(one: readonly string[], other: readonly string[] | undefined): boolean {
  return other === undefined || isDeepStrictEqual(new Set(one), new Set(other))
}
