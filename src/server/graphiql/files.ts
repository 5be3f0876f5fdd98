import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { after, before, style } from './client.ts'

// Files of the GraphiQL page. Their names contain a content hash, so that browsers can cache them permanently.

export interface File {
  readonly type: string
  /** One copy for all requests, like the compressed one. */
  readonly bytes: Uint8Array
  /** Compresses it on first request. */
  compress(): Promise<Uint8Array>
}

export interface Files {
  readonly script: string
  readonly style: string
  /** By the editor's names. */
  readonly workers: Readonly<Record<'editorWorkerService' | 'graphql' | 'json', string>>
  readonly byName: ReadonlyMap<string, File>
}

/** Loads the package: nine megabytes, for the first browser. */
export async function loadFiles(): Promise<Files> {
  const { css, editorWorkerService, graphqlWorker, js, jsonWorker } = await import('@graphql-yoga/render-graphiql/graphiql')
  const byName = new Map<string, File>()

  function add(type: 'css' | 'javascript', text: string): string {
    const name = createHash('sha256').update(text).digest('base64url')
    const bytes = Buffer.from(text)
    let compressed: Promise<Uint8Array> | undefined
    byName.set(name, { type: `text/${type}; charset=utf-8`, bytes, compress: () => (compressed ??= promisify(gzip)(bytes)) })
    return name
  }

  return {
    script: add('javascript', `${before}${js};${after}`),
    style: add('css', `${css}${style}`),
    workers: {
      editorWorkerService: add('javascript', editorWorkerService),
      graphql: add('javascript', graphqlWorker),
      json: add('javascript', jsonWorker),
    },
    byName,
  }
}
