import { basename, dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { getDrainWritesMs } from '../../src/cli/drain.ts'
import { readConfig } from '../../src/config/config.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { providers } from '../../src/providers/index.ts'
import { manifest, readYaml, safe, storePath } from '../helpers/deploy.ts'
import { readRoot as read } from '../helpers/page.ts'

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile')

  it('runs the Node that the tests run on, as a user without rights', () => {
    const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version)
    expect(images).toEqual([manifest.devDependencies['node'], manifest.devDependencies['node']])
    expect(dockerfile.lastIndexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('COPY'))
  })

  it('has Node itself as its first process, which takes the signals', () => {
    const [, command = '[]'] = /^ENTRYPOINT (.+)$/m.exec(dockerfile) ?? []
    expect(JSON.parse(command)).toEqual(['node', 'dist/main.js'])
  })

  it('takes only what it needs from the folder', () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '))
    expect(sources).toEqual(['package.json', 'package-lock.json', '.'])
    expect(read('.dockerignore').trim().split('\n')[0]).toBe('*')
    expect(read('.dockerignore')).not.toMatch(/secrets|\.env|deploy/)
  })

  it('takes what the build reads', () => {
    const taken = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path = '']) => path)
    const built = manifest.scripts['build']?.match(/\S+\.(?:json|ts)\b/g)
    expect(built).toEqual(['tsconfig.build.json', 'scripts/bundle-command.ts'])
    expect(taken).toEqual(expect.arrayContaining(['src', 'scripts', 'tsconfig.json', 'tsconfig.build.json']))
  })
})

describe('a process that is told to stop', () => {
  it.each([1, 10_000, 600_000])('waits longer for a write than the time that it has: %i ms', (upstreamTimeoutMs) => {
    expect(getDrainWritesMs({ upstreamTimeoutMs })).toBeGreaterThan(upstreamTimeoutMs + 10_000)
  })
})

describe('the unit for systemd', () => {
  const settings = new Map(
    [...read('deploy/hookql.service').matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
  )

  it('starts the command of the package by Node itself, and tells that process to reload', () => {
    expect(settings.get('ExecStart')).toBe(`/usr/bin/node node_modules/${manifest.name}/${manifest.bin['hookql']}`)
    expect(settings.get('ExecReload')).toBe('/bin/kill -HUP $MAINPID')
  })

  it('waits longer than writes may take', () => {
    const waitsMs = Number(settings.get('TimeoutStopSec')) * 1_000
    expect(waitsMs).toBeGreaterThan(getDrainWritesMs(readConfig({ HOOKQL_SANDBOX: 'true' }, providers)))
  })

  it('sets variables that there are, and runs without rights', () => {
    const variables = (settings.get('Environment') ?? '').split(' ').map((pair) => pair.split('='))
    const { HOOKQL_CONFIG: file, ...environment } = Object.fromEntries(variables)
    expect(file).toMatch(/^\/etc\//)
    expect(readYaml(read('deploy/hookql.single.yaml'), environment)).toMatchObject({ ...safe, storePath, unknownVariables: [] })
    expect(settings.get('StateDirectory')).toBe(basename(dirname(storePath)))
    expect(settings.get('StateDirectoryMode')).toBe('0700')
    expect(settings.get('User')).toBe('hookql')
    expect(settings.get('NoNewPrivileges')).toBe('true')
  })
})

describe('the dashboard', () => {
  interface Dashboard {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[]
    readonly templating: { readonly list: readonly object[] }
  }
  const { panels, templating } = JSON.parse(read('docs/grafana.json')) as Dashboard
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

  it('asks for the jobs that are chosen, in every expression', () => {
    expect(templating.list).toContainEqual(expect.objectContaining({ name: 'job', type: 'query' }))
    const asked = expressions.flatMap((expr) => [...expr.matchAll(/\b(?:hookql|process)_\w+(.{0,12})/g)].map(([, next]) => next))
    expect(asked.length).toBeGreaterThanOrEqual(expressions.length)
    expect(new Set(asked)).toEqual(new Set(['{job=~"$job"']))
  })

  it('shows metrics that there are, all of ours among them', async () => {
    const asked = expressions.flatMap((expr) =>
      [...expr.matchAll(/\b(?:hookql|process)_\w+/g)].map(([name]) => name.replace(/_(?:bucket|count|sum)$/, '')),
    )
    const text = await createMetrics().format()
    const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name))
    expect([...new Set<string>(asked)].filter((name) => !known.has(name))).toEqual([])
    expect([...known].filter((name) => name?.startsWith('hookql_') === true && !asked.includes(name))).toEqual([])
  })
})
