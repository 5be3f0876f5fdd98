import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import type { Command, Started } from './upstream.ts'

// The setup of every measurement: the packages of the peers, the built HookQL, a folder, and the upstream.

export const folder = import.meta.dirname

export const work = mkdtempSync(join(tmpdir(), 'hookql-bench-'))
process.on('exit', () => rmSync(work, { recursive: true }))

if (!existsSync(join(folder, 'node_modules'))) execFileSync('npm', ['ci', '--prefix', folder], { stdio: 'inherit' })
execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(folder, '..'), stdio: 'inherit' })

/** The total number of webhooks in each set of four Verifik accounts. */
export const sizes = [40, 400, 4_000, 40_000]

/** Same, of which a plan has every account twice. */
export const planned = [500, 5_000]

const upstream = spawn(process.execPath, [join(folder, 'upstream.ts'), ...[...sizes, ...planned].map(String)], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
process.on('exit', () => upstream.kill())
const receive = async (): Promise<unknown> => (await once(upstream, 'message'))[0]
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- upstream.ts sends it as that
export const { four, every, sized } = (await receive()) as Started

/** Configures the upstream. Resolves to the number of requests it received since the last time. */
export async function tell(command: Command = {}): Promise<number> {
  const answer = receive()
  upstream.send(command)
  return z.object({ calls: z.number() }).parse(await answer).calls
}

export function endUpstream(): void {
  upstream.disconnect()
}
