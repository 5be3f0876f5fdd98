import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Lock {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly deprecated?: string }>>
}

describe('npm ci', () => {
  /** What npm prints about a project that no Node is new enough for. */
  function install(configuration: 'ours' | 'none'): string {
    const folder = mkdtempSync(join(tmpdir(), 'hookql-install-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const manifest = { name: 'future', version: '1.0.0', engines: { node: '>=999' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(
      join(folder, 'package-lock.json'),
      JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest } }),
    )
    if (configuration === 'ours') copyFileSync(join(root, '.npmrc'), join(folder, '.npmrc'))
    const env = { HOME: folder, PATH: process.env['PATH'] }
    const { status, stderr } = spawnSync('npm', ['ci', '--offline', '--no-update-notifier'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    expect(status).toBe(0)
    return stderr
  }

  it('prints no warnings about the Node that runs npm', () => {
    expect(install('none')).toContain('EBADENGINE')
    expect(install('ours')).toBe('')
  })

  it('hides no deprecation by that: none of the packages was deprecated when it was locked', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
    const entries = Object.entries(packages)
    expect(entries.length).toBeGreaterThan(100)
    expect(entries.filter(([, { deprecated }]) => deprecated !== undefined)).toEqual([])
  })
})
