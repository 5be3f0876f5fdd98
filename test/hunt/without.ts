import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { applyEdit, type Fix } from './fixes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Hunts in a copy of the sources that lacks one protection; resolves to what was found, or null. */
export async function huntWithout({ edits, families }: Fix, minutes: number, seed: number): Promise<string | null> {
  const copy = await mkdtemp(join(tmpdir(), 'hookql-hunt-'))
  try {
    for (const name of ['src', 'test', 'package.json']) await cp(join(root, name), join(copy, name), { recursive: true })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
    for (const edit of edits) {
      const file = join(copy, 'src', edit.file)
      await writeFile(file, applyEdit(await readFile(file, 'utf8'), edit))
    }
    const leaning = families.flatMap((family) => ['--family', family])
    const options = ['--minutes', String(minutes), '--seed', String(seed), ...leaning]
    const child = spawn(process.execPath, ['test/hunt/main.ts', ...options], { cwd: copy, stdio: ['ignore', 'pipe', 'inherit'] })
    const [found, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    return code === 1 && found !== '' ? found : null
  } finally {
    await rm(copy, { recursive: true })
  }
}
