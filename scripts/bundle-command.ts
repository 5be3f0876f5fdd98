import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { bundle } from './bundle.ts'

// The last step of npm run build: the command with everything it imports, in place of the files of its own. What programs import of
// the package stays as it is, so that they share its dependencies.

const manifestShape = z.object({ name: z.string(), version: z.string(), license: z.string() })

for (const folder of ['dist/cli', 'dist/config']) rmSync(folder, { recursive: true })

// Only browsers need it: nine megabytes.
const page = '@graphql-yoga/render-graphiql/graphiql'
const programs = { command: 'src/cli/command.ts', worker: 'src/store/thread/worker.ts' }
const { output } = await bundle(programs, 'dist/cli', [page])

const modules = output.flatMap((file) => ('moduleIds' in file ? file.moduleIds : []))
const packages = new Set(modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
const licenses = new Set([...packages].map(formatLicense))
writeFileSync('dist/cli/licenses.txt', [...licenses].toSorted().join('\n'))

/** The licence under which the bundle contains a package; some packages have it only by name. */
function formatLicense(folder: string): string {
  const { name, version, license } = manifestShape.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
  const text = file === undefined ? license : readFileSync(join(folder, file), 'utf8').trim()
  return `${name} ${version}\n\n${text}\n`
}
