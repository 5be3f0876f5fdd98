import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findAuditProblem, openAuditFile } from '../../src/observe/audit-file.ts'

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('an audit file', () => {
  it('is added to, in a folder that is made for it', () => {
    const file = join(openFolder(), 'logs/audit.log')
    openAuditFile(file).write('one\n')
    openAuditFile(file).write('two\n')
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n')
  })

  it('ends what a killed process has left of a line', () => {
    const file = join(openFolder(), 'audit.log')
    writeFileSync(file, 'one\n{"half')
    openAuditFile(file).write('two\n')
    expect(readFileSync(file, 'utf8')).toBe('one\n{"half\ntwo\n')
  })

  it('throws where a disk is full', () => {
    expect(() => openAuditFile('/dev/full').write('one\n')).toThrow('ENOSPC')
  })

  it('throws for a line that does not fit whole, and the next one begins a line of its own', () => {
    const file = join(openFolder(), 'audit.log')
    const module = new URL('../../src/observe/audit-file.ts', import.meta.url).href
    // 512 bytes are all that the shell lets the process write; SIGXFSZ is ignored, as by a full disk nobody is killed.
    const program = `
      import { openAuditFile } from ${JSON.stringify(module)}
      const audit = openAuditFile(${JSON.stringify(file)})
      audit.write('a'.repeat(499) + '\\n')
      for (const line of ['b'.repeat(99) + '\\n', 'c\\n']) {
        try { audit.write(line); console.log('written') } catch (error) { console.log(error.code) }
      }`
    const limit = 'trap "" XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1"'
    const { stdout, stderr } = spawnSync('sh', ['-c', limit, process.execPath, program], { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: 'EFBIG\nEFBIG\n', stderr: '' })
    openAuditFile(file).write('d\n')
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines).toEqual(['a'.repeat(499), expect.stringMatching(/^b+$/), 'd', ''])
  })

  it('that is a pipe throws when nobody reads it, and waits for nobody', () => {
    const pipe = join(openFolder(), 'audit.pipe')
    spawnSync('sh', ['-c', 'mkfifo "$0"', pipe])
    const audit = openAuditFile(pipe)
    const write = () => {
      for (let lines = 0; lines < 10_000; lines += 1) audit.write(`${'a'.repeat(999)}\n`)
    }
    expect(write).toThrow('EAGAIN')
  })

  it('that cannot be opened has a problem, which is found without making anything', () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'file'), '')
    mkdirSync(join(folder, 'taken'))
    expect(findAuditProblem(join(folder, 'new/deep/audit.log'))).toBeNull()
    expect(existsSync(join(folder, 'new'))).toBe(false)
    expect(findAuditProblem(join(folder, 'file/audit.log'))).toContain('cannot be opened for writing (ENOTDIR)')
    expect(findAuditProblem(join(folder, 'taken'))).toContain('cannot be opened for writing (EISDIR)')
  })
})
