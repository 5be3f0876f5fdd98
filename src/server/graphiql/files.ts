import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { after, before, style } from './client.ts'

// What the page of GraphiQL is made of. A name has the hash of the content, so that browsers keep a file for good.

export interface File {
  readonly type: string
  /** One copy for everybody, as is the compressed one. */
  readonly bytes: Uint8Array
  /** Compresses it when it is first asked for. */
  compress(): Promise<Uint8Array>
}

export interface Files {
  readonly script: string
  readonly style: string
  /** By what the editor calls them. */
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
