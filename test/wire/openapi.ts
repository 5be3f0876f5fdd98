import addFormats from 'ajv-formats'
import { type Document, OpenAPIBackend } from 'openapi-backend'
import type { StandInCall } from '../../src/sandbox/server.ts'
import type { Checked, Description } from './document.ts'

interface Schema {
  [keyword: string]: unknown
}

/** A description in OpenAPI 3.0, of which only the paths that fit `within` count. */
export async function describeOpenapi(text: string, within?: RegExp): Promise<Description> {
  const definition = cut(JSON.parse(text), within)
  close(definition)
  const [json, forms] = await Promise.all([open(definition, false), open(definition, true)])
  const operations = json.router.getOperations().map(({ operationId, method, path }) => operationId ?? `${method} ${path}`)

  function check({ method, path, body, text, headers, answered }: StandInCall): Checked {
    const type = headers['content-type']?.split(';')[0] ?? ''
    const { validator } = type === 'application/x-www-form-urlencoded' ? forms : json
    const [pathname = '', query = ''] = path.split('?')
    const request = { method, path: pathname, query, headers: {}, body }
    const matched = json.router.matchOperation(request)
    if (matched === undefined) {
      return { covered: [], violations: [{ operation: `${method} ${pathname}`, problem: 'is not documented' }] }
    }
    const operation = matched.operationId ?? `${matched.method} ${matched.path}`
    const types = Object.keys(Object(Object(matched.requestBody).content))
    const problems = [
      ...(validator.validateRequest(request, matched).errors ?? []).map(formatIssue).map((issue) => `request: ${issue}`),
      ...(text !== '' && !types.includes(type) ? [`request: a body of type ${type} is not documented`] : []),
    ]
    if (answered !== null) {
      const { status, text: sent } = answered
      const stated = findResponse(Object(matched.responses), status)
      if (stated === undefined) problems.push(`response: status ${status} is not documented`)
      else if (Object(stated.content)['application/json'] === undefined) {
        if (sent !== '') problems.push(`response: status ${status} has a body, but none is documented`)
      } else {
        const issues = json.validator.validateResponse(sent === '' ? undefined : JSON.parse(sent), matched, status).errors ?? []
        problems.push(...issues.map((issue) => `response: ${status} ${formatIssue(issue)}`))
      }
    }
    const isDone = answered !== null && answered.status < 300
    return { covered: isDone ? [operation] : [], violations: problems.map((problem) => ({ operation, problem })) }
  }
  return { operations, check }
}

function findResponse(responses: Readonly<Record<string, { readonly content?: unknown }>>, status: number) {
  return responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses['default']
}

type Issue = NonNullable<ReturnType<OpenAPIBackend['validator']['validateRequest']>['errors']>[number]

function formatIssue({ instancePath, message, params }: Issue): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}

/** Forms have texts only, which stand for what the schema says. */
async function open(definition: Document, coerceTypes: boolean) {
  const servers = Object(definition.servers?.[0])
  const { pathname } = new URL(String(servers.url ?? '/'), 'https://vendor.test')
  const backend = new OpenAPIBackend({
    definition: structuredClone(definition),
    apiRoot: pathname.replace(/(.)\/$/, '$1'),
    // Descriptions are the vendors': validators are built for what is used of them.
    quick: true,
    strict: false,
    ajvOpts: { strict: false, logger: false, coerceTypes: coerceTypes ? 'array' : false },
    customizeAjv: (ajv) => addFormats.default(ajv),
  })
  return backend.init()
}

/** Only the paths that count, with what they refer to. */
function cut(whole: Document & { readonly components?: object }, within = /^/): Document {
  const paths = Object.fromEntries(Object.entries(whole.paths ?? {}).filter(([path]) => within.test(path)))
  const components: Record<string, Schema> = {}
  const keep = (node: unknown): void => {
    for (const [, section = '', name = ''] of JSON.stringify(node).matchAll(/"#\/components\/([^/"]+)\/([^/"]+)"/g)) {
      const kept = (components[section] ??= {})
      if (Object.hasOwn(kept, name)) continue
      kept[name] = Object(Object(whole.components)[section])[name]
      keep(kept[name])
    }
  }
  keep(paths)
  return { ...whole, paths, components }
}

/** Refuses members that an object does not state, unless it is a part of another. */
function close(node: unknown, isPart = false): void {
  if (typeof node !== 'object' || node === null) return
  const schema = node as Schema
  if (!isPart && 'properties' in schema && !('additionalProperties' in schema) && !('allOf' in schema))
    schema['additionalProperties'] = false
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'example' || keyword === 'examples') continue
    const inner = Array.isArray(value) ? value : [value]
    for (const each of inner) close(each, keyword === 'allOf')
  }
}
