import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReplaceError, replaceFile } from '../../src/cli/replace.ts'
import { openFolder } from '../helpers/command.ts'
import { startProcess } from '../helpers/process.ts'

const patience = { times: 10, pause: () => Promise.resolve() }

function open() {
  const folder = openFolder()
  const file = join(folder, 'secrets.env')
  const draft = `${file}.hookql-new`
  writeFileSync(file, 'FIRST=1\n')
  return {
    file,
    draft,
    read: () => readFileSync(file, 'utf8'),
    list: () => readdirSync(folder),
    add: (line: string, own = patience) => replaceFile(file, { patience: own, change: (before) => `${before ?? ''}${line}\n` }),
    /** A process that has begun to add a line and is stopped. */
    async startStopping(line: string) {
      const writer = startProcess('./test/helpers/stopping.ts', {}, [file, line])
      onTestFinished(() => writer.stop())
      const [, pid = ''] = await writer.waitFor(/stops (\d+)/)
      await expect.poll(() => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))).toBe(true)
      return writer
    },
  }
}

describe('a file that is replaced', () => {
  it('is written by the next run where one was killed, and has no leftover', async () => {
    const { draft, read, list, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    writer.kill('SIGKILL')
    expect(await writer.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(existsSync(draft)).toBe(true)
    writeFileSync(draft, 'SECOND=canary')
    await add('THIRD=3')
    expect([read(), list()]).toEqual(['FIRST=1\nTHIRD=3\n', ['secrets.env']])
  })

  it('is written by one of two where one is stopped meanwhile: that one fails, and undoes nothing', async () => {
    const { read, list, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    await add('THIRD=3')
    writer.kill('SIGCONT')
    const { code, stderr } = await writer.exited
    expect(code).not.toBe(0)
    expect(stderr).toContain('secrets.env was not written: another command has taken over')
    expect(stderr).not.toContain('SECOND')
    expect([read(), list()]).toEqual(['FIRST=1\nTHIRD=3\n', ['secrets.env']])
  })

  it('is not taken from another writer by one that was stopped meanwhile and fails', async () => {
    const { draft, list, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    await add('THIRD=3')
    writeFileSync(draft, 'FOURTH=')
    writer.kill('SIGCONT')
    expect((await writer.exited).code).not.toBe(0)
    expect([readFileSync(draft, 'utf8'), list()]).toEqual(['FOURTH=', ['secrets.env', 'secrets.env.hookql-new']])
  })

  it('waits for a writer that goes on', async () => {
    const { read, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    const pause = async () => {
      writer.kill('SIGCONT')
      expect(await writer.exited).toMatchObject({ code: 0 })
    }
    await add('THIRD=3', { times: 1, pause })
    expect(read()).toBe('FIRST=1\nSECOND=2\nTHIRD=3\n')
  })

  it('waits for other writers as long as they write', async () => {
    const { draft, read, add } = open()
    writeFileSync(draft, '')
    let pauses = 0
    const pause = () => {
      pauses += 1
      if (pauses === 3 * patience.times) rmSync(draft)
      // Most looks find the draft as it was.
      else if (pauses % patience.times === 0) writeFileSync(draft, 'x'.repeat(pauses))
      return Promise.resolve()
    }
    await add('SECOND=2', { times: patience.times, pause })
    expect([pauses, read()]).toEqual([3 * patience.times, 'FIRST=1\nSECOND=2\n'])
  })

  it('is written by all who find what a killed run has left', async () => {
    const { file, draft, read, list, add } = open()
    writeFileSync(draft, 'SECOND=canary')
    // Of one that was killed while it took that over.
    writeFileSync(`${file}.hookql-old`, 'SECOND=canary')
    const lines = Array.from({ length: 8 }, (_, index) => `NAME_${index}=1`)
    await Promise.all(lines.map((line) => add(line, { times: 40, pause: () => sleep(50) })))
    expect(read().trimEnd().split('\n').toSorted()).toEqual(['FIRST=1', ...lines])
    expect(list()).toEqual(['secrets.env'])
  })

  it('is left alone where a folder is in the way', async () => {
    const { draft, read, add } = open()
    mkdirSync(draft)
    await expect(add('SECOND=2')).rejects.toThrow(
      new ReplaceError(`${draft} is in the way, and is not a regular file. Remove it`),
    )
    expect(read()).toBe('FIRST=1\n')
  })
})
