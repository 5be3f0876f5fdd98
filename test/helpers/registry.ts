import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

interface Manifest {
  readonly name: string
  readonly version: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Registry {
  readonly url: string
  close(): void
}

/**
 * A package registry on loopback with the packages in this project's node_modules, to install without a network. What it sends of each
 * is its manifest; `linkPackages` adds the rest.
 */
export async function openRegistry(): Promise<Registry> {
  const folders = listFolders()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').slice(1)
    const tarball = /^-\/(.+)\.tgz$/.exec(path)?.[1]
    if (tarball !== undefined && folders.includes(tarball)) {
      const folder = join(root, tarball)
      const tar = spawn('tar', ['-c', '-C', dirname(folder), `${basename(folder)}/package.json`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      // Not compressed: it is read once, on this machine.
      pipeline(tar.stdout, response).catch(() => response.destroy())
      return
    }
    const document = toPackument(path, folders, `http://${request.headers.host}`)
    response.writeHead(document === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(document ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The registry has no port.')
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close().closeAllConnections() }
}

/** Links what is in each package that a project has from the registry: thousands of files are slow to copy. Node has to preserve links. */
export function linkPackages(project: string): void {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string }>>
  }
  for (const [installed, { resolved = '' }] of Object.entries(lock.packages)) {
    const folder = /\/-\/(.+)\.tgz$/.exec(resolved)?.[1]
    if (folder === undefined) continue
    const names = readdirSync(join(root, folder)).filter((name) => name !== 'package.json' && name !== 'node_modules')
    for (const name of names) symlinkSync(join(root, folder, name), join(project, installed, name))
  }
}

/** The folders of the packages that users of this one get, without development dependencies. */
function listFolders(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: true }>>
  }
  return Object.entries(lock.packages).flatMap(([folder, { dev }]) => (folder === '' || dev === true ? [] : [folder]))
}

/** A registry's metadata of a package, with every version in node_modules. */
function toPackument(name: string, folders: readonly string[], origin: string): object | null {
  const versions = folders
    .filter((folder) => folder.endsWith(`node_modules/${name}`))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
      return { ...manifest, dist: { tarball: `${origin}/-/${folder}.tgz` } }
    })
  const latest = versions[0]?.version
  if (latest === undefined) return null
  return { name, 'dist-tags': { latest }, versions: Object.fromEntries(versions.map((version) => [version.version, version])) }
}
