import { createHash } from 'node:crypto'
import type { GraphiQLOptions } from 'graphql-yoga'
import type { Answer, Incoming } from '../exchange.ts'
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

export interface PageOptions {
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
export function createPage({ page: options, authenticated }: PageOptions): (request: Incoming) => Promise<Answer> {
  let page: Promise<RenderedPage> | undefined
  return async (request) => {
    page ??= renderPage(options, authenticated)
    const { bytes, tag } = await page
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      etag: tag,
      vary: 'accept',
    }
    const isKnown = request.readHeader('if-none-match') === tag
    return isKnown ? { status: 304, headers, body: '' } : { status: 200, headers, body: bytes }
  }
}

async function renderPage(options: GraphiQLOptions, authenticated: boolean): Promise<RenderedPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const head = `<style>${fixes}</style>${authenticated ? keyField : ''}</head>`
  const bytes = new TextEncoder().encode(renderGraphiQL(options).replace('</head>', () => head))
  return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url')}"` }
}
