import { createHash } from 'node:crypto'
import type { GraphiQLOptions, Plugin } from 'graphql-yoga'
import { keyField } from './key.ts'

// The page that browsers get where GraphQL is: nine megabytes with everything in it, so it is made once and sent once.

/** Holds the page to what it promises: whatever it loads or asks for stays at this origin. */
const policy = [
  "default-src 'self' 'unsafe-inline' blob: data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** GraphiQL 5 moves a tab away while it is being clicked when it opens with several, so that the click is lost. */
const fixes = '.graphiql-tab { transform: none !important }'

/** Whether a request for GraphQL is a browser's, for the page. */
export function isForPage({ method, headers }: Request): boolean {
  return (method === 'GET' || method === 'HEAD') && headers.get('accept')?.includes('text/html') === true
}

export interface PageOptions {
  /** Where GraphQL is. */
  readonly path: string
  /** How it looks and what it opens with. */
  readonly page: GraphiQLOptions
  /** Whether callers are asked who they are. */
  readonly authenticated: boolean
}

interface RenderedPage {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly tag: string
}

/** Serves GraphiQL to browsers. The package is loaded by the first of them: a gateway without browsers never pays for it. */
export function useGraphiQLPage({ path, page: options, authenticated }: PageOptions): Plugin {
  let page: Promise<RenderedPage> | undefined
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (url.pathname !== path || !isForPage(request)) return
      page ??= renderPage(options, authenticated)
      const { bytes, tag } = await page
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'cache-control': 'no-cache',
        etag: tag,
        vary: 'accept',
      }
      const isKnown = request.headers.get('if-none-match') === tag
      if (isKnown) return endResponse(new fetchAPI.Response(null, { status: 304, headers }))
      endResponse(new fetchAPI.Response(request.method === 'HEAD' ? null : bytes, { headers }))
    },
  }
}

async function renderPage(options: GraphiQLOptions, authenticated: boolean): Promise<RenderedPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const head = `<style>${fixes}</style>${authenticated ? keyField : ''}</head>`
  const bytes = new TextEncoder().encode(renderGraphiQL(options).replace('</head>', () => head))
  return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url')}"` }
}
