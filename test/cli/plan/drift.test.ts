import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { embedGateway } from '../../../src/cli/client/embedded.ts'
import { readWebhooksFiles } from '../../../src/cli/file/read.ts'
import { runDrift } from '../../../src/cli/plan/drift.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import { openFolder } from '../../helpers/command.ts'
import { createElsewhere } from '../../helpers/encrata.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const toText = (url: string) => `accounts: { encrata: { provider: encrata, webhooks: [{ url: '${url}' }] } }\n`

it('watches what the files say by then, tells a mistake in them once, and goes on', async () => {
  const folder = openFolder()
  const standIn = await openStandIn(encrata)
  await createElsewhere(standIn, ['https://h.test/'])
  const environment = { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl, HOOKQL_PACING: 'off' }
  const client = await embedGateway({ ...environment, HOOKQL_STORE: 'memory' }, () => {})
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
  const options = { files: ['*.yaml'], folder, environment, providers: [encrata], needsSecrets: false, isPlanned: true }
  let looks = 0
  const read = () => {
    looks += 1
    return readWebhooksFiles(options)
  }
  const told: string[] = []
  const tellTo = (stream: string) => (line: string) => void told.push(`${stream} ${line.replace(/^\S+Z /, '')}`)
  const terminal: Terminal = {
    print: tellTo('out'),
    note: tellTo('err'),
    progress: () => {},
    style: (_, text) => text,
    ask: () => Promise.resolve(null),
  }
  const ending = new AbortController()

  write('a.yaml', toText('https://h.test/'))
  const watching = runDrift({ json: false, watchMs: 5, signal: ending.signal, read }, read(), client, terminal)
  /** What is told by the end of looks that follow. */
  const listTold = async () => {
    const enough = looks + 3
    await expect.poll(() => looks, { interval: 5 }).toBeGreaterThan(enough)
    return told.splice(0)
  }
  expect(await listTold()).toEqual(['out Everything is as the file says.'])
  write('b.yaml', toText('https://h.test/b'))
  const problem = expect.stringMatching(/^out problem b\.yaml:1:54: encrata: .* requires name/)
  expect(await listTold()).toEqual(['out There are problems:', problem, 'out ', expect.stringContaining('Plan: ')])
  write('b.yaml', 'accounts: [\n')
  expect(await listTold()).toEqual([expect.stringMatching(/^err b\.yaml:2:1: is not valid YAML: /)])
  write('b.yaml', 'accounts: {}\n')
  expect(await listTold()).toEqual(['out Everything is as the file says.'])
  ending.abort()
  expect(await watching).toBe(0)
  await client.close()
})
