import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A text in one file and its replacement; the text must occur exactly once. */
export interface Edit {
  /** Path below src. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The source with the edit. Throws if the text does not occur exactly once: then update the edit. */
export function applyEdit(source: string, { file, from, to }: Edit): string {
  const [before, after, ...more] = source.split(from)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`src/${file} does not have this once: ${from}`)
  return before + to + after
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const left = new Set(['.git', 'node_modules', 'dist'])

/** The content of a file in src. */
export function readSource(file: string): Promise<string> {
  return readFile(join(root, 'src', file), 'utf8')
}

/** A copy of the repository whose sources `run` can edit any number of times. */
export async function withCopy<Result>(
  run: (copy: { readonly path: string; apply(edits: readonly Edit[]): Promise<void> }) => Promise<Result>,
): Promise<Result> {
  const path = await mkdtemp(join(tmpdir(), 'hookql-copy-'))
  try {
    await cp(root, path, { recursive: true, filter: (each) => !left.has(basename(each)) })
    await symlink(join(root, 'node_modules'), join(path, 'node_modules'))
    const originals = new Map<string, string>()
    return await run({
      path,
      /** Applies only these edits, and reverts all earlier ones. */
      async apply(edits) {
        for (const { file } of edits)
          originals.set(file, originals.get(file) ?? (await readFile(join(path, 'src', file), 'utf8')))
        const sources = new Map(originals)
        for (const edit of edits) sources.set(edit.file, applyEdit(sources.get(edit.file) ?? '', edit))
        for (const [file, source] of sources) await writeFile(join(path, 'src', file), source)
      },
    })
  } finally {
    await rm(path, { recursive: true })
  }
}
