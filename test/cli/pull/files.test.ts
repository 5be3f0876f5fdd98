import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encrata } from '../../../src/providers/encrata/index.ts'
import type { Client } from '../../../src/cli/client/client.ts'
import { embedGateway } from '../../../src/cli/client/embedded.ts'
import { CommandError } from '../../../src/cli/failure.ts'
import { pullWebhooks } from '../../../src/cli/pull/pull.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import { openFolder } from '../../helpers/command.ts'
import { createElsewhere } from '../../helpers/encrata.ts'
import { runHere } from '../../helpers/here.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const url = 'https://h.test/'
const old = `accounts:
    encrata: # ours
        provider: encrata
        webhooks: []
`

async function open(urls: readonly string[] = [url]) {
  const folder = openFolder()
  const standIn = await openStandIn(encrata)
  await createElsewhere(standIn, urls)
  const environment = { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl, HOOKQL_PACING: 'off' }
  return {
    folder,
    environment,
    path: (name: string) => join(folder, name),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    write: (name: string, text: string) => writeFileSync(join(folder, name), text),
    run: (...args: readonly string[]) => runHere(folder, args, environment),
  }
}

describe('a file that is pulled', () => {
  it('can be a link, which stays one, and has the mode that it had', async () => {
    const { folder, path, write, read, run } = await open()
    mkdirSync(path('real'))
    write('real/webhooks.yaml', old)
    chmodSync(path('real/webhooks.yaml'), 0o640)
    symlinkSync('real/webhooks.yaml', path('webhooks.yaml'))
    expect(await run('pull')).toMatchObject({ code: 0, stderr: '' })
    expect(readlinkSync(path('webhooks.yaml'))).toBe('real/webhooks.yaml')
    expect(statSync(path('real/webhooks.yaml')).mode & 0o777).toBe(0o640)
    expect(read('real/webhooks.yaml')).toContain(url)
    expect([...readdirSync(folder), ...readdirSync(path('real'))].toSorted()).toEqual(['real', 'webhooks.yaml', 'webhooks.yaml'])
  })

  it('is read once if it has several names, and called by the first', async () => {
    const { path, write, read, run } = await open([url, 'https://h.test/b'])
    expect(await run('pull')).toMatchObject({ code: 0 })
    const text = read('webhooks.yaml')
    write('webhooks.yaml', text.replace(`${url}\n`, `${url} # Ours.\n`))
    symlinkSync('webhooks.yaml', path('l2.yaml'))
    symlinkSync('.', path('here'))
    const named = ['-f', 'webhooks.yaml', '-f', 'l2.yaml', '-f', 'here/webhooks.yaml']
    for (const [file, args] of [
      ['l2.yaml', ['-f', '*.yaml']],
      ['webhooks.yaml', named],
    ] as const) {
      const stdout = `${file}: 2 webhooks of 1 account; 0 added, 0 changed, 0 removed\n`
      expect(await run('pull', ...args)).toEqual({ code: 0, stdout, stderr: '' })
      expect(read('webhooks.yaml')).toContain(`${url} # Ours.`)
      for (const command of ['plan', 'drift']) expect(await run(command, ...args)).toMatchObject({ code: 0, stderr: '' })
    }
  })

  it('is written through nothing that is in its way', async () => {
    const { path, write, read, run } = await open()
    write('webhooks.yaml', old)
    write('precious', 'precious\n')
    const link = path('webhooks.yaml.hookql-0123456789abcdef')
    symlinkSync('precious', link)
    expect(await run('pull')).toMatchObject({ code: 0 })
    expect([read('precious'), readlinkSync(link)]).toEqual(['precious\n', 'precious'])
    expect(read('webhooks.yaml')).not.toBe(old)
  })

  it('is not written in a directory that does not exist, or over a directory', async () => {
    const { path, run } = await open()
    const missing = 'no/such.yaml: its directory does not exist. Create it\n'
    expect(await run('pull', '-f', 'no/such.yaml')).toEqual({ code: 1, stdout: '', stderr: missing })
    mkdirSync(path('some.yaml'))
    const directory = 'some.yaml:1:1: is not a regular file. Name another one\n'
    expect(await run('pull', '-f', 'some.yaml')).toEqual({ code: 1, stdout: '', stderr: directory })
  })

  it('keeps what somebody writes meanwhile', async () => {
    const { folder, environment, write, read } = await open()
    write('webhooks.yaml', old)
    const client = await embedGateway({ ...environment, HOOKQL_STORE: 'memory' }, () => {})
    const send: Client['send'] = async (...sent) => {
      write('webhooks.yaml', `${old}# Mine.\n`)
      return client.send(...sent)
    }
    const terminal: Terminal = {
      print: () => {},
      note: () => {},
      progress: () => {},
      style: (_, text) => text,
      ask: () => Promise.resolve(null),
    }
    const pulled = pullWebhooks({ file: [], account: [], environment, folder }, { ...client, send }, terminal)
    await expect(pulled).rejects.toThrow(
      new CommandError(['webhooks.yaml: somebody has changed it meanwhile. Run the command again']),
    )
    expect(read('webhooks.yaml')).toBe(`${old}# Mine.\n`)
    await client.close()
  })
})

describe('several files that are pulled', () => {
  it('each keep what they have, and what is new goes where its account is first', async () => {
    const { path, write, read, run } = await open([url, 'https://h.test/b', 'https://h.test/new'])
    mkdirSync(path('ws'))
    const toText = (own: string) => `accounts: { encrata: { provider: encrata, webhooks: [${own}] } }\n`
    const [a, b, c] = [
      `# None.\naccounts: {}\n`,
      toText(`{ url: '${url}', enabled: false }`),
      toText(`{ url: https://h.test/b }, { url: https://gone.test/ }`),
    ]
    write('ws/a.yaml', a)
    write('ws/b.yaml', b)
    write('ws/c.yaml', c)
    const { code, stdout, stderr } = await run('pull', '-f', 'ws/*.yaml')
    const gone = 'encrata: https://gone.test/ is removed from ws/c.yaml, because it does not exist\n'
    expect({ code, stderr }).toEqual({ code: 0, stderr: gone })
    expect(stdout.split('\n')).toEqual([
      'ws/a.yaml: 0 added, 0 changed, 0 removed',
      'ws/b.yaml: 1 added, 1 changed, 0 removed',
      'ws/c.yaml: 0 added, 0 changed, 1 removed',
      '3 files: 3 webhooks of 1 account',
      '',
    ])
    expect(read('ws/a.yaml')).toBe(a)
    expect(read('ws/b.yaml')).toMatch(/enabled: true \}, \{.*url: https:\/\/h\.test\/new/)
    expect(read('ws/c.yaml')).toBe(toText('{ url: https://h.test/b }'))
    expect(await run('plan', '-f', 'ws/*.yaml', '--exit-code')).toMatchObject({ code: 0, stderr: '' })
    for (const file of ['b', 'c']) rmSync(path(`ws/${file}.yaml`))
    await run('pull', '-f', 'ws/*.yaml')
    expect(read('ws/a.yaml')).toContain('https://h.test/new')
    expect(await run('pull', '-f', 'ws/*.yaml', '-f', 'none.yaml')).toMatchObject({
      code: 1,
      stderr: 'none.yaml: there is no such file. pull writes one new file, or those that there are\n',
    })
  })

  it('are left as they are if one takes an account for one of another provider, as a plan refuses that', async () => {
    const { write, read, run } = await open()
    const text = 'accounts: { encrata: { provider: stripe, webhooks: [{ url: https://h.test/gone }] } }\n'
    write('webhooks.yaml', text)
    const stderr = 'webhooks.yaml:1:34: accounts.encrata.provider: the account is one of encrata. Change provider, or the slug\n'
    for (const command of ['pull', 'plan']) expect(await run(command)).toEqual({ code: 1, stdout: '', stderr })
    expect(read('webhooks.yaml')).toBe(text)
  })

  it('are left as they are if two say the same webhook, as a plan refuses that', async () => {
    const { write, read, run } = await open([url, 'https://h.test/new'])
    const toText = (own: string) => `accounts: { encrata: { provider: encrata, webhooks: [${own}] } }\n`
    const texts = { 'a.yaml': toText(`{ url: '${url}' }`), 'b.yaml': toText(`{ url: https://gone.test/ }, { url: '${url}' }`) }
    for (const [file, text] of Object.entries(texts)) write(file, text)
    expect(await run('pull', '-f', '*.yaml')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'b.yaml:1:83: accounts.encrata.webhooks.1: means the same webhook as a.yaml:1:54. Keep one, or tell them apart by id, or by name where the provider has names\n',
    })
    expect([read('a.yaml'), read('b.yaml')]).toEqual(Object.values(texts))
    const { code, stdout } = await run('plan', '-f', '*.yaml')
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('2 desired webhooks') })
  })
})
