import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReplaceError, replaceFile } from '../../src/cli/replace.ts'
import { openFolder } from '../helpers/command.ts'
import { startProcess } from '../helpers/process.ts'

const atOnce = () => Promise.resolve()

function open() {
  const folder = openFolder()
  const file = join(folder, 'secrets.env')
  writeFileSync(file, 'FIRST=1\n')
  return {
    file,
    /** Of another writer. */
    draft: `${file}.hookql-0123456789abcdef`,
    read: () => readFileSync(file, 'utf8'),
    list: () => readdirSync(folder),
    add: (line: string, pause: () => Promise<unknown> = atOnce) =>
      replaceFile(file, { pause, change: (before) => `${before ?? ''}${line}\n` }),
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
    const { read, list, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    writer.kill('SIGKILL')
    expect(await writer.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(list()).toHaveLength(2)
    await add('THIRD=3')
    expect([read(), list()]).toEqual(['FIRST=1\nTHIRD=3\n', ['secrets.env']])
  })

  it('loses nothing where a writer is stopped while another one writes, and goes on', async () => {
    const { read, list, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    await add('THIRD=3')
    expect(read()).toBe('FIRST=1\nTHIRD=3\n')
    writer.kill('SIGCONT')
    expect(await writer.exited).toMatchObject({ code: 0 })
    expect([read(), list()]).toEqual(['FIRST=1\nTHIRD=3\nSECOND=2\n', ['secrets.env']])
  })

  it('waits for a writer that goes on', async () => {
    const { read, add, startStopping } = open()
    const writer = await startStopping('SECOND=2')
    await add('THIRD=3', async () => {
      writer.kill('SIGCONT')
      expect(await writer.exited).toMatchObject({ code: 0 })
    })
    expect(read()).toBe('FIRST=1\nSECOND=2\nTHIRD=3\n')
  })

  it('is read again where another writer was faster', async () => {
    const { file, read, list, add } = open()
    let calls = 0
    await replaceFile(file, {
      pause: atOnce,
      change(before) {
        calls += 1
        // As another writer does that begins now, and ends.
        if (calls === 1) for (const name of list()) if (name !== 'secrets.env') rmSync(join(file, '..', name))
        if (calls === 1) writeFileSync(file, 'OTHER=1\n')
        return `${before ?? ''}SECOND=2\n`
      },
    })
    expect([calls, read()]).toEqual([2, 'OTHER=1\nSECOND=2\n'])
    await add('THIRD=3')
    expect(list()).toEqual(['secrets.env'])
  })

  it('is given up where others are faster each time, after looking for them twice as often each time', async () => {
    const { file, draft, read, list } = open()
    let looks = 0
    const pause = () => Promise.resolve(void (looks += 1))
    const change = () => {
      for (const name of list()) if (name !== 'secrets.env') rmSync(join(file, '..', name))
      writeFileSync(draft, '')
      return 'SECOND=2\n'
    }
    await expect(replaceFile(file, { pause, change })).rejects.toThrow(
      new ReplaceError(`${file} was not written, because other commands write it all the time. Run this one again`),
    )
    expect([looks, read()]).toEqual([7 + 20 * (2 + 4 + 8 + 16 + 32 + 64 + 128), 'FIRST=1\n'])
  })

  it('is written by all who find what a killed run has left', async () => {
    const { file, draft, read, list } = open()
    writeFileSync(draft, 'SECOND=canary')
    const lines = Array.from({ length: 8 }, (_, index) => `NAME_${index}=1`)
    await Promise.all(lines.map((line) => replaceFile(file, { change: (before) => `${before ?? ''}${line}\n` })))
    expect(read().trimEnd().split('\n').toSorted()).toEqual(['FIRST=1', ...lines])
    expect(list()).toEqual(['secrets.env'])
  })

  it('leaves what only looks like a draft alone', async () => {
    const { file, draft, read, list, add } = open()
    mkdirSync(draft)
    symlinkSync('precious', `${file}.hookql-fedcba9876543210`)
    for (const name of ['other.env.hookql-0123456789abcdef', 'secrets.env.hookql-0']) writeFileSync(join(file, '..', name), '')
    const before = list()
    await add('SECOND=2')
    expect([read(), list()]).toEqual(['FIRST=1\nSECOND=2\n', before])
  })

  it('has no name of a draft', async () => {
    const { draft } = open()
    const message = `${draft} has the name of a draft, which the next command removes. Use another name`
    await expect(replaceFile(draft, { change: () => '' })).rejects.toThrow(new ReplaceError(message))
  })
})
