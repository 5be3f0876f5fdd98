import { createHash } from 'node:crypto'
import type { GraphiQLOptions } from 'graphql-yoga'
import type { Answer, Incoming } from '../exchange.ts'
import { dropRefused } from '../media-type.ts'
import { documentationUrl } from './examples.ts'
import { type Files, loadFiles } from './files.ts'

// The page that browsers get at the GraphQL path. Its files use the same path, because an embedding server may forward no other.

/** Restricts the page to its own origin. The editor adds styles at runtime. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M10 3v6.5a3.5 3.5 0 1 1-7 0V8l2 2" fill="none" stroke="#d60690" stroke-width="2"/><circle cx="10" cy="2.5" r="1.5" fill="#d60690"/></svg>`

export interface PageOptions {
  /** Appearance and initial tabs. */
  readonly page: GraphiQLOptions
  /** Whether callers are authenticated. */
  readonly authenticated: boolean
}

const fileForm = /[?&]graphiql=([\w-]*)/

/** Whether a request is for a file of the page. */
export const isForFile = ({ target }: Incoming): boolean => fileForm.test(target)

/** Serves GraphiQL to browsers. The package is loaded on first use. */
export function createPage(options: PageOptions): (request: Incoming) => Promise<Answer> {
  let loading: Promise<Loaded> | undefined
  return async (request) => {
    const loaded = await (loading ??= load(options))
    const name = fileForm.exec(request.target)?.[1]
    return name === undefined ? answerPage(loaded, request) : answerFile(loaded, name, request)
  }
}

interface Loaded {
  readonly files: Files
  readonly html: string
  readonly tag: string
}

async function load(options: PageOptions): Promise<Loaded> {
  const files = await loadFiles()
  const html = render(files, options)
  return { files, html, tag: `"${createHash('sha256').update(html).digest('base64url')}"` }
}

function answerPage({ html, tag }: Loaded, { readHeader }: Incoming): Answer {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-cache',
    etag: tag,
    vary: 'accept',
  }
  return readHeader('if-none-match') === tag ? { status: 304, headers, body: '' } : { status: 200, headers, body: html }
}

async function answerFile({ files }: Loaded, name: string, { readHeader }: Incoming): Promise<Answer> {
  const file = files.byName.get(name)
  // A page from before an update requests files that no longer exist and must be reloaded.
  if (file === undefined) return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Reload the page.\n' }
  const headers = {
    'content-type': file.type,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  }
  const acceptsGzip = dropRefused(readHeader('accept-encoding') ?? '').includes('gzip')
  if (!acceptsGzip) return { status: 200, headers, body: file.bytes }
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: await file.compress() }
}

const toUrl = (name: string): string => `?graphiql=${name}`

function render({ script, style, workers }: Files, { page, authenticated }: PageOptions): string {
  // GraphiQL renders the title as HTML.
  const title = `<a href="${documentationUrl}" target="_blank" rel="noreferrer">HookQL documentation</a>`
  const settings = {
    options: { ...page, title, logo: '' },
    authenticated,
    workers: Object.fromEntries(Object.entries(workers).map(([label, name]) => [label, toUrl(name)])),
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<link rel="stylesheet" href="${toUrl(style)}">
</head>
<body id="body" class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
<script type="application/json" id="settings">${JSON.stringify(settings).replaceAll('<', String.raw`\u003c`)}</script>
<script src="${toUrl(script)}"></script>
</body>
</html>
`
}
