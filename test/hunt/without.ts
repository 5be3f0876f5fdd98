import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { withCopy } from '../helpers/copy.ts'
import type { Fix } from './fixes.ts'

/** Hunts in a copy of the sources that lacks one protection; resolves to what was found, or null. */
export function huntWithout({ edits, families }: Fix, minutes: number, seed: number): Promise<string | null> {
  return withCopy(async ({ path, apply }) => {
    await apply(edits)
    const leaning = families.flatMap((family) => ['--family', family])
    const options = ['--minutes', String(minutes), '--seed', String(seed), ...leaning]
    const child = spawn(process.execPath, ['test/hunt/main.ts', ...options], { cwd: path, stdio: ['ignore', 'pipe', 'inherit'] })
    const [found, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    return code === 1 && found !== '' ? found : null
  })
}
