import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeSink, putSecret } from '../../../src/cli/sink/sink.ts'
import { SinkError } from '../../../src/cli/sink/error.ts'
import { toRuns } from '../../helpers/runs.ts'

const canary = 'whsec_canary'

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-sink-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const put = (file: string, name: string, secret = canary) => putSecret({ name, file, shownFile: file }, 'cards', secret, {})

async function findFailure(work: Promise<void>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(error instanceof SinkError)) throw error
  expect(error.message).not.toContain(canary)
  return error.message
}

/** A process that has ended and that nobody has asked for its exit code is none any more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('a file of secrets', () => {
  it('is a regular file', async () => {
    const folder = openFolder()
    execFileSync('mkfifo', [join(folder, 'fifo')])
    for (const file of [folder, join(folder, 'fifo')])
      expect(await findFailure(put(file, 'ORDERS'))).toContain('is not a regular file')
  })

  it('is made with its first secret, for its owner only', async () => {
    const file = join(openFolder(), 'secrets.env')
    await put(file, 'ORDERS')
    expect(readFileSync(file, 'utf8')).toBe(`ORDERS='${canary}'\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('keeps everything else in it, and is closed to others from then on', async () => {
    const folder = openFolder()
    const file = join(folder, 'secrets.env')
    writeFileSync(file, '# of ours\nOTHER="a\nORDER=b"\nexport ORDERS=old\nLAST=c')
    chmodSync(file, 0o644)
    await put(file, 'ORDERS')
    expect(readFileSync(file, 'utf8')).toBe(`# of ours\nOTHER="a\nORDER=b"\nLAST=c\nORDERS='${canary}'\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['secrets.env'])
  })

  it('can be a link, which stays one, also to a file that is yet to be made', async () => {
    const folder = openFolder()
    symlinkSync('real.env', join(folder, 'secrets.env'))
    for (const name of ['ORDERS', 'REFUNDS']) await put(join(folder, 'secrets.env'), name)
    expect(Object.keys(parseEnv(readFileSync(join(folder, 'real.env'), 'utf8')))).toEqual(['ORDERS', 'REFUNDS'])
    expect(readlinkSync(join(folder, 'secrets.env'))).toBe('real.env')
  })

  it('is read by --env-file as what it was given, whatever the secret is', async () => {
    const file = join(openFolder(), 'secrets.env')
    const secrets = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'aA0#$\\"\'`= n=_é'.split('')) })
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        writeFileSync(file, `OTHER=1\n`)
        const failure = await put(file, 'ORDERS', secret).then(
          () => null,
          (error: unknown) => error,
        )
        if (failure === null) expect({ ...parseEnv(readFileSync(file, 'utf8')) }).toEqual({ OTHER: '1', ORDERS: secret })
        else expect(failure).toBeInstanceOf(SinkError)
        // Only what no kind of quotes can hold is refused.
        if (!/['"`\\]/.test(secret)) expect(failure).toBeNull()
      }),
      { numRuns: toRuns(50) },
    )
  })

  it('takes the secrets of several at a time, one after the other', async () => {
    const file = join(openFolder(), 'secrets.env')
    const names = Array.from({ length: 8 }, (_, index) => `NAME_${index}`)
    await Promise.all(names.map((name) => put(file, name, `secret of ${name}`)))
    expect({ ...parseEnv(readFileSync(file, 'utf8')) }).toEqual(
      Object.fromEntries(names.map((name) => [name, `secret of ${name}`])),
    )
  })

  it('says why it cannot be written, and leaves what there is', async () => {
    const folder = openFolder()
    const file = join(folder, 'secrets.env')
    expect(await findFailure(put(join(folder, 'none/secrets.env'), 'ORDERS'))).toContain('cannot be written (ENOENT)')
    for (const end of [`'"\``, '\0', '\n', '\r\nOTHER=1', '\u007F'])
      expect(await findFailure(put(file, 'ORDERS', canary + end))).toContain('cannot hold this secret')
    writeFileSync(file, 'OTHER="a\nORDERS=b"\n')
    expect(await findFailure(put(file, 'ORDERS'))).toContain('Remove ORDERS from it by hand')
    expect(readFileSync(file, 'utf8')).toBe('OTHER="a\nORDERS=b"\n')
    expect(readdirSync(folder)).toEqual(['secrets.env'])
  })
})

describe('a command for secrets', () => {
  const run = (script: string, folder: string, patience = {}) => {
    const sink = { name: 'ORDERS', command: [process.execPath, '--eval', script], folder }
    return putSecret(sink, 'cards', canary, { KEPT: 'kept' }, patience)
  }

  it.each([
    ['nothing', 'setTimeout(() => {}, 50)'],
    ['its beginning', 'fs.readSync(0, Buffer.alloc(5))'],
  ])('fails if it ends well and has read %s of the secret', async (_, script) => {
    expect(await findFailure(run(script, openFolder()))).toContain('did not read the secret')
  })

  it('is ended when its time is up', async () => {
    const failure = await findFailure(run('fs.readFileSync(0); setTimeout(String, 60_000)', openFolder(), { limitMs: 200 }))
    expect(failure).toContain('did not end within 0.2 s, and was ended')
  })

  it('is ended with its process group when the run is told to end', async () => {
    const folder = openFolder()
    const controller = new AbortController()
    const script = `
      const { pid } = child_process.spawn(process.execPath, ['--eval', 'setTimeout(String, 600_000)'], { stdio: 'inherit' })
      fs.writeFileSync('pid', String(pid))
      fs.renameSync('pid', 'done')`
    const put = findFailure(run(script, folder, { signal: controller.signal, graceMs: 0 }))
    await expect.poll(() => existsSync(join(folder, 'done')), { timeout: 20_000 }).toBe(true)
    controller.abort()
    expect(await put).toContain('was ended, because this command was told to end')
    const pid = Number(readFileSync(join(folder, 'done'), 'utf8'))
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  it('reads the secret from its standard input, beside the file, and knows whose it is', async () => {
    const folder = openFolder()
    const script = `
      const { HOOKQL_SECRET_NAME, HOOKQL_ACCOUNT, KEPT } = process.env
      const secret = fs.readFileSync(0, 'utf8')
      const all = { secret, HOOKQL_SECRET_NAME, HOOKQL_ACCOUNT, KEPT, isShown: JSON.stringify([process.argv, process.env]).includes(secret) }
      fs.writeFileSync('told.json', JSON.stringify(all))`
    await run(script, folder)
    const told = { secret: canary, HOOKQL_SECRET_NAME: 'ORDERS', HOOKQL_ACCOUNT: 'cards', KEPT: 'kept', isShown: false }
    expect(JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8'))).toEqual(told)
  })

  it('says how it failed, and nothing that it printed', async () => {
    const folder = openFolder()
    expect(await findFailure(run('fs.writeSync(2, fs.readFileSync(0)); process.exit(3)', folder))).toContain(
      'ended with exit code 3',
    )
    expect(await findFailure(run("process.kill(process.pid, 'SIGKILL')", folder))).toContain('ended with SIGKILL')
    const missing = putSecret({ name: 'ORDERS', command: ['hookql-no-such-program'], folder }, 'cards', canary, {})
    expect(await findFailure(missing)).toBe('hookql-no-such-program cannot be run (ENOENT)')
  })

  it('is called by its name and that of the secret', () => {
    expect(describeSink({ name: 'ORDERS', command: ['vault', 'kv', 'put'], folder: '/' })).toBe('vault (ORDERS)')
    expect(describeSink({ name: 'ORDERS', file: '/srv/secrets.env', shownFile: '' })).toBe('ORDERS in /srv/secrets.env')
  })
})
