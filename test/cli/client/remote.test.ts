import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AccountsDocument, ApplyWebhookPlanDocument, WebhookPlanDocument } from '../../../src/cli/client/documents.ts'
import { connectToServer } from '../../../src/cli/client/remote.ts'
import { CommandError } from '../../../src/cli/failure.ts'
import { runDrift } from '../../../src/cli/plan/drift.ts'
import { readWebhooksFiles } from '../../../src/cli/file/read.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { openFolder } from '../../helpers/command.ts'
import { runHere } from '../../helpers/here.ts'

/** Serves what is no gateway. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    listener(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

const again = '. It may have been carried out all the same: run the same command again'
const names = { server: '--server', token: '--token' }
const plan = {
  __typename: 'WebhookPlan',
  fingerprint: 'fp',
  complete: true,
  keepsSecrets: true,
  changes: [],
  problems: [],
  refusals: [],
  warnings: [],
  sources: [],
}
const account = { slug: 'encrata', sandbox: false, provider: { name: 'ENCRATA' } }
const source = { account, state: 'LATER', unreadableCount: 0, error: null }
const problem = { code: 'LATER', message: '', account, desiredIndexes: [], webhooks: [], journalEntryId: null }
const change = {
  id: 'c',
  kind: 'CREATE',
  account,
  webhook: null,
  desiredIndex: 0,
  name: null,
  url: 'https://h.test/',
  fields: [],
  price: null,
  warnings: [],
  calls: 1,
}
const input = { webhooks: [], prune: [] }
const applyInput = { ...input, fingerprint: 'fp' }

function openFile(): string {
  const folder = openFolder()
  writeFileSync(join(folder, 'webhooks.yaml'), 'accounts: { encrata: { provider: encrata, webhooks: [] } }\n')
  return folder
}

describe('an answer of a server', () => {
  const notUnderstood = (path: string) =>
    `its answer is not what this version of HookQL understands${path === '' ? '' : `: see ${path}`}`

  it.each([
    ['{}', 'this is no HookQL gateway (HTTP 200)'],
    ['[]', 'this is no HookQL gateway (HTTP 200)'],
    ['{"errors":[{}]}', 'this is no HookQL gateway (HTTP 200)'],
    ['{"errors":7,"data":{}}', 'this is no HookQL gateway (HTTP 200)'],
    ['{"errors":[{"message":"no"}]}', 'no'],
    ['{"errors":[{"message":"no"}],"data":{}}', 'no'],
    ['{"data":7}', notUnderstood('')],
    ['{"data":{}}', notUnderstood('webhookPlan')],
    ['{"data":{"webhookPlan":null}}', notUnderstood('webhookPlan')],
    ['{"data":{"webhookPlan":{"__typename":"WebhookPlan"}}}', notUnderstood('webhookPlan')],
    ['{"data":{"webhookPlan":{"__typename":"Weird","message":"x"}}}', notUnderstood('webhookPlan')],
    [JSON.stringify({ data: { webhookPlan: { ...plan, changes: null } } }), notUnderstood('webhookPlan')],
    [JSON.stringify({ data: { webhookPlan: { ...plan, changes: [{ kind: 'CREATE' }] } } }), notUnderstood('webhookPlan')],
    [JSON.stringify({ data: { webhookPlan: { ...plan, sources: [source] } } }), notUnderstood('webhookPlan')],
    [JSON.stringify({ data: { webhookPlan: { ...plan, problems: [problem] } } }), notUnderstood('webhookPlan')],
  ])('is checked before it is used: %s', async (answer, problem) => {
    const server = await serve((_, response) => response.end(answer))
    const { send } = connectToServer({ server, token: undefined, names })
    await expect(send(WebhookPlanDocument, { input })).rejects.toThrow(new CommandError([`${server}: ${problem}`]))
  })

  it('is one of HTTP, or the reason is told', async () => {
    const other = createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const server = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const { send } = connectToServer({ server, token: undefined, names })
    await expect(send(AccountsDocument, {})).rejects.toThrow(/does not respond \((?!undefined)[^)]+\)/)
  })

  it('never shows the token that it was sent', async () => {
    const token = 'hql_canary+token/0123456789'
    const encoded = [token, encodeURIComponent(token), Buffer.from(`a ${token}`).toString('base64'), `Bearer ${token}`]
    const answers = [
      { errors: encoded.map((message) => ({ message })) },
      { data: { webhookPlan: { ...plan, problems: [], warnings: encoded.map((message) => ({ code: 'X', message })) } } },
    ]
    const server = await serve((_, response) => response.end(JSON.stringify(answers.shift())))
    const { send } = connectToServer({ server, token, names })
    const failure = await send(WebhookPlanDocument, { input }).catch(String)
    const result = await send(WebhookPlanDocument, { input })
    for (const text of [failure, result].map((each) => JSON.stringify(each))) {
      expect(text.split('[secret]')).toHaveLength(encoded.length + 1)
      expect(text).not.toMatch(/canary|0123456789|Y2FuYXJ5/)
    }
  })

  it('can have names that only a newer gateway knows', async () => {
    const later = { ...account, provider: { name: 'LATER' } }
    const server = await serve((_, response) => response.end(JSON.stringify({ data: { accounts: [later] } })))
    const { send } = connectToServer({ server, token: undefined, names })
    expect(await send(AccountsDocument, {})).toEqual({ accounts: [later] })
  })

  it.each<[string, string, object]>([
    ['no such webhook', 'changes.0.desiredIndex', { changes: [{ ...change, desiredIndex: 1 }] }],
    ['a negative place', 'changes.0.desiredIndex', { changes: [{ ...change, desiredIndex: -1 }] }],
    ['no webhook to create', 'changes.0.desiredIndex', { changes: [{ ...change, desiredIndex: null }] }],
    ['one to delete', 'changes.0.desiredIndex', { changes: [{ ...change, kind: 'DELETE' }] }],
    ['one of another account', 'changes.0.desiredIndex', { changes: [{ ...change, account: { slug: 'other' } }] }],
    ['a change twice', 'changes.1.id', { changes: [change, change] }],
    [
      'a problem elsewhere',
      'problems.0.desiredIndexes',
      { problems: [{ ...problem, code: 'AMBIGUOUS', desiredIndexes: [0, 7] }] },
    ],
  ])('must fit the file: %s', async (_, path, wrong) => {
    const folder = openFolder()
    const text = "accounts: { encrata: { provider: encrata, webhooks: [{ name: a, url: 'https://h.test/' }] } }\n"
    writeFileSync(join(folder, 'webhooks.yaml'), text)
    const data = { accounts: [account], webhookPlan: { ...plan, ...wrong } }
    const server = await serve((__, response) => response.end(JSON.stringify({ data })))
    expect(await runHere(folder, ['plan', '--server', server])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${server}: ${notUnderstood(`webhookPlan.${path}`)}\n`,
    })
  })

  it('says of a mutation whether it may have been carried out, where it is an error', async () => {
    const answer = async (status: number, body: string) => {
      const server = await serve((_, response) => response.writeHead(status).end(body))
      const { send } = connectToServer({ server, token: undefined, names })
      const problems = [send(WebhookPlanDocument, { input }), send(ApplyWebhookPlanDocument, { input: applyInput })]
      const ended = await Promise.allSettled<unknown>(problems)
      return ended.map((each) => each.status === 'rejected' && String(each.reason).replace(`${server}: `, ''))
    }
    const errors = '"errors":[{"message":"no"}]'
    expect(await answer(200, `{${errors}}`)).toEqual(['Error: no', 'Error: no'])
    expect(await answer(200, `{${errors},"data":null}`)).toEqual(['Error: no', `Error: no${again}`])
    expect(await answer(200, `{${errors},"data":{}}`)).toEqual(['Error: no', `Error: no${again}`])
    expect(await answer(500, `{${errors}}`)).toEqual(['Error: no', `Error: no${again}`])
  })

  it('costs a command one line', async () => {
    const server = await serve((_, response) => response.end('{"data":{}}'))
    expect(await runHere(openFile(), ['plan', '--server', server])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${server}: ${notUnderstood('accounts')}\n`,
    })
  })

  it('is told once by a watch, which goes on', async () => {
    let isWell = true
    let looks = 0
    const server = await serve((_, response) => {
      looks += 1
      response.end(JSON.stringify({ data: isWell ? { accounts: [account], webhookPlan: plan } : { accounts: [account] } }))
    })
    const told: string[] = []
    const tell = (line: string) => void told.push(line.replace(/^\S+Z /, ''))
    const style: Terminal['style'] = (_, text) => text
    const terminal = { print: tell, note: tell, progress: () => {}, style, ask: () => Promise.resolve(null) }
    const ending = new AbortController()
    const read = () =>
      readWebhooksFiles({ files: [], folder, environment: {}, providers: [encrata], needsSecrets: false, isPlanned: true })
    const folder = openFile()
    const client = connectToServer({ server, token: undefined, names })
    const watching = runDrift({ json: false, watchMs: 5, signal: ending.signal, read }, read(), client, terminal)
    const listTold = async () => {
      const enough = looks + 6
      await expect.poll(() => looks, { interval: 5 }).toBeGreaterThan(enough)
      return told.splice(0)
    }
    expect(await listTold()).toEqual(['Everything is as the file says.'])
    isWell = false
    expect(await listTold()).toEqual([`${server}: ${notUnderstood('webhookPlan')}`])
    isWell = true
    expect(await listTold()).toEqual(['Everything is as the file says.'])
    ending.abort()
    expect(await watching).toBe(0)
  })
})

describe('a server that does not end its answer', () => {
  const limits = { timeoutMs: { query: 300, mutation: 400 }, bytes: 1_000 }

  it.each<[string, RequestListener]>([
    ['is silent', () => {}],
    [
      'sends a little from time to time',
      (_, response) => {
        const timer = setInterval(() => response.write(' '), 20)
        response.once('close', () => clearInterval(timer))
      },
    ],
    ['cuts its answers again and again', (_, response) => response.write(' ', () => response.destroy())],
  ])('is left after a time that depends on what it was asked: it %s', async (_, listener) => {
    const server = await serve(listener)
    const { send } = connectToServer({ server, token: undefined, names, limits })
    const startedMs = performance.now()
    await expect(send(WebhookPlanDocument, { input })).rejects.toThrow(`${server}: has not answered within 0.3 s`)
    await expect(send(ApplyWebhookPlanDocument, { input: applyInput })).rejects.toThrow(
      `${server}: has not answered within 0.4 s${again}`,
    )
    expect(performance.now() - startedMs).toBeGreaterThan(650)
  })

  it('is left after as many bytes as no gateway sends', async () => {
    let requests = 0
    const server = await serve((_, response) => {
      requests += 1
      response.write(' '.repeat(600), () => response.write(' '.repeat(600)))
    })
    const { send } = connectToServer({ server, token: undefined, names, limits })
    await expect(send(WebhookPlanDocument, { input })).rejects.toThrow(`${server}: its answer is longer than 1000 bytes`)
    expect(requests).toBe(1)
  })
})

describe('a server that redirects', () => {
  it('is not followed, and asked once', async () => {
    const paths: (string | undefined)[] = []
    const server = await serve(({ url }, response) => {
      paths.push(url)
      response.writeHead(307, { location: 'https://elsewhere.test/graphql' }).end()
    })
    const redirected = `${server}: redirects to https://elsewhere.test. Set HOOKQL_SERVER to the address of the gateway itself\n`
    const { code, stderr } = await runHere(openFile(), ['plan'], { HOOKQL_SERVER: server })
    expect({ code, stderr, paths }).toEqual({ code: 1, stderr: redirected, paths: ['/graphql'] })
  })
})

describe('a command that asks a server', () => {
  it('misses a configuration file that it is given, though only a gateway of its own needs it', async () => {
    for (const args of [[], ['--server', 'http://127.0.0.1:1']])
      expect(await runHere(openFile(), ['plan', '--config', 'nope.yaml', ...args])).toEqual({
        code: 1,
        stdout: '',
        stderr: '--config: nope.yaml cannot be read. Check its path and permissions\n',
      })
  })
})

describe('what names a server', () => {
  it('is blamed where it was given', async () => {
    const folder = openFile()
    const listProblems = async (args: readonly string[], environment: Readonly<Record<string, string>>) =>
      (await runHere(folder, ['plan', ...args], environment)).stderr
    const server = { HOOKQL_SERVER: 'http://127.0.0.1:1' }
    expect(await listProblems([], { ...server, HOOKQL_TOKEN: 'a\nb' })).toBe('HOOKQL_TOKEN: has characters that no token has\n')
    expect(await listProblems(['--token', 'a b'], server)).toBe('--token: has characters that no token has\n')
    expect(await listProblems([], { HOOKQL_SERVER: 'ftp://h.test' })).toMatch(/^HOOKQL_SERVER: /)
    expect(await listProblems(['--server', 'ftp://h.test'], server)).toMatch(/^--server: /)
  })
})
