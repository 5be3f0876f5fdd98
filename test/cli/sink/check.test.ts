import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, constants, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findSinkIssue } from '../../../src/cli/sink/check.ts'
import { openFolder } from '../../helpers/command.ts'

describe('a file for secrets', () => {
  const find = (file: string) => findSinkIssue({ name: 'ORDERS', file, shownFile: file }, {})

  it('can be there or not, or be a link', () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'real.env'), '')
    symlinkSync('real.env', join(folder, 'link.env'))
    symlinkSync('new.env', join(folder, 'new-link.env'))
    for (const name of ['real.env', 'link.env', 'new.env', 'new-link.env']) expect(find(join(folder, name))).toBeNull()
  })

  it('is refused if it is no file, or its folder is none', () => {
    const folder = openFolder()
    mkdirSync(join(folder, 'own'))
    execFileSync('mkfifo', [join(folder, 'fifo')])
    // As /dev/stdout is, where it is a pipe.
    execFileSync('mkfifo', [join(folder, 'nameless')])
    const pipe = openSync(join(folder, 'nameless'), constants.O_RDWR)
    onTestFinished(() => closeSync(pipe))
    rmSync(join(folder, 'nameless'))
    expect(find(`/proc/self/fd/${pipe}`)).toContain('is not a regular file')
    writeFileSync(join(folder, 'plain'), '')
    for (const file of [join(folder, 'own'), join(folder, 'fifo'), '/dev/null'])
      expect(find(file)).toContain('is not a regular file')
    symlinkSync('none/s.env', join(folder, 'link.env'))
    for (const file of ['none/s.env', 'plain/s.env', 'link.env'].map((name) => join(folder, name)))
      expect(find(file)).toContain('its folder does not exist')
  })

  it('is refused if it is a file of another kind, or a variable cannot be set in it', () => {
    const folder = openFolder()
    const files = {
      'webhooks.yaml': '# Ours\n\naccounts: { own: { provider: encrata } }\n',
      'hookql.db': 'SQLite format 3\0\u0010',
      'state.json': '{ "a": "B=1" }\n',
    }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text)
      expect(find(join(folder, name))).toContain('is no file of variables')
    }
    writeFileSync(join(folder, 'lines.env'), "KEPT='a\nORDERS=3'\n")
    expect(find(join(folder, 'lines.env'))).toContain('has a line that another variable would be lost with')
    writeFileSync(join(folder, 'open.env'), "OTHER='1\n")
    expect(find(join(folder, 'open.env'))).toMatch(/open\.env has a quote that is not closed, so that .+ would become part of it/)
    writeFileSync(join(folder, 'good.env'), "\n# Ours\n  export KEPT='a\nb=3'\nORDERS=1\n")
    expect(find(join(folder, 'good.env'))).toBeNull()
  })

  it('is refused if it has the name of a draft, and is fine where a killed run has left one', () => {
    const folder = openFolder()
    const draft = join(folder, 'real.env.hookql-0123456789abcdef')
    symlinkSync('real.env', join(folder, 'link.env'))
    writeFileSync(draft, 'ORD')
    expect(find(join(folder, 'link.env'))).toBeNull()
    expect(find(draft)).toContain('has the name of a draft')
  })

  it.skipIf(process.getuid?.() === 0)('is refused if it cannot be read, or its folder not written', () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'secrets.env'), '')
    chmodSync(join(folder, 'secrets.env'), 0o200)
    expect(find(join(folder, 'secrets.env'))).toContain('cannot be read')
    chmodSync(folder, 0o500)
    expect(find(join(folder, 'new.env'))).toContain('cannot be written')
    chmodSync(folder, 0o700)
  })
})

describe('a command for secrets', () => {
  it('is found as the system finds it: by its path from the folder of the file, or in PATH', () => {
    const folder = openFolder()
    mkdirSync(join(folder, 'bin'))
    const find = (program: string, environment = {}) =>
      findSinkIssue({ name: 'ORDERS', command: [program, 'put'], folder }, environment)
    writeFileSync(join(folder, 'bin/put'), '')
    expect(find('./bin/put')).toBe('./bin/put cannot be run. Make it executable')
    expect(find('put', { PATH: `/none:${join(folder, 'bin')}` })).toBe('put cannot be run. Make it executable')
    chmodSync(join(folder, 'bin/put'), 0o755)
    expect([find('./bin/put'), find(join(folder, 'bin/put'))]).toEqual([null, null])
    expect([find('put', { PATH: `/none:${join(folder, 'bin')}` }), find('put', { PATH: 'bin' }), find('sh')]).toEqual([
      null,
      null,
      null,
    ])
    for (const missing of [find('put', { PATH: '/none' }), find('./put'), find('bin', { PATH: folder })])
      expect(missing).toContain('because it does not exist')
  })
})
