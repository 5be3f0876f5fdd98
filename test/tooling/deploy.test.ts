import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { getDrainWritesMs } from '../../src/cli/drain.ts'
import { readConfig } from '../../src/config/config.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { providers } from '../../src/providers/index.ts'
import { reveal } from '../../src/secret.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  readonly name: string
  readonly bin: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly version: string
}

const key = randomBytes(32).toString('base64')

/** Reads a configuration as it stands, with its tokens and keys in files beside it. */
function readYaml(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-deploy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const moved = yaml.replaceAll(/(token|storeKey)File: (\S+)/g, (_, kind: string, path: string) => {
    const file = path.replaceAll('/', '-')
    writeFileSync(join(folder, file), kind === 'token' ? 'token' : key)
    return `${kind}File: ${file}`
  })
  writeFileSync(join(folder, 'hookql.yaml'), moved)
  const image = { HOST: '0.0.0.0', NODE_ENV: 'production' }
  return readConfig({ ...environment, ...image, HOOKQL_CONFIG: join(folder, 'hookql.yaml') }, providers)
}

/** The files of a configuration that hold secrets. */
const listSecretFiles = (yaml: string) => [...yaml.matchAll(/(?:token|storeKey)File: (\S+)/g)].map(([, file]) => file)

const storePath = '/var/lib/hookql/hookql.db'
const safe = { auth: { apiKeys: [{}] }, loopbackOnly: false, introspection: false }

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
})

describe('a process that is told to stop', () => {
  it.each([1, 10_000, 600_000])('waits longer for a write than the time that it has: %i ms', (upstreamTimeoutMs) => {
    expect(getDrainWritesMs({ upstreamTimeoutMs })).toBeGreaterThan(upstreamTimeoutMs + 10_000)
  })
})

describe('compose.yaml', () => {
  const { services, secrets } = parse(read('compose.yaml'))

  it('serves loopback, on a read-only file system, without capabilities', () => {
    expect(services.hookql).toMatchObject({ read_only: true, cap_drop: ['ALL'], ports: ['127.0.0.1:4000:4000'] })
  })

  it('waits longer than writes may take', () => {
    const waitsMs = Number.parseInt(services.hookql.stop_grace_period, 10) * 1_000
    expect(waitsMs).toBeGreaterThan(getDrainWritesMs(readConfig({ HOOKQL_SANDBOX: 'true' }, providers)))
  })

  it('starts with a configuration that is accepted, whose tokens are the secrets that it mounts', () => {
    const yaml = read('deploy/hookql.yaml')
    const { HOOKQL_CONFIG: _, ...environment } = services.hookql.environment
    const { storeKeys, ...config } = readYaml(yaml, environment)
    expect(config).toMatchObject({ ...safe, storePath })
    expect(reveal(storeKeys ?? '')).toBe(key)
    expect(services.hookql.volumes).toContain(`store:${dirname(storePath)}`)
    expect(read('Dockerfile')).toContain(`--owner=node --group=node --mode=0700 ${dirname(storePath)}\n`)
    expect(listSecretFiles(yaml)).toEqual(Object.keys(secrets).map((name) => `/run/secrets/${name}`))
  })

  it('reads its secrets from a folder that no commit takes along', () => {
    const ignored = read('.gitignore').split('\n')
    const files = Object.values(secrets as Record<string, { file: string }>).map(({ file }) => file)
    expect(files.map((file) => /^\.\/(.+\/)[^/]+$/.exec(file)?.[1])).toEqual(files.map(() => 'deploy/secrets/'))
    expect(ignored).toContain('deploy/secrets/')
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
    expect(readYaml(read('deploy/hookql.yaml'), environment)).toMatchObject({ ...safe, storePath, unknownVariables: [] })
    expect(settings.get('StateDirectory')).toBe(basename(dirname(storePath)))
    expect(settings.get('StateDirectoryMode')).toBe('0700')
    expect(settings.get('User')).toBe('hookql')
    expect(settings.get('NoNewPrivileges')).toBe('true')
  })
})

describe('the example for Kubernetes', () => {
  const documents = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) => document.toJS())
  const find = (kind: string) => documents.find((document) => document.kind === kind)
  const pod = find('Deployment').spec.template.spec
  const [container] = pod.containers
  const variables = container.env.map(({ name, value }: { name: string; value: string }) => [name, value])
  const { HOOKQL_CONFIG: _, ...ownEnvironment } = Object.fromEntries(variables)

  it('has no rights and a read-only file system', () => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('asks the routes that there are, on the port where they are, and waits for writes', () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'admin' })
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'admin' })
    expect(container.startupProbe.httpGet).toEqual({ path: '/livez', port: 'admin' })
    const [, adminPort] = /HOOKQL_ADMIN_PORT=(\d+)/.exec(read('Dockerfile')) ?? []
    expect(container.ports).toContainEqual({ name: 'admin', containerPort: Number(adminPort) })
    expect(pod.terminationGracePeriodSeconds).toBe(
      Number.parseInt(parse(read('compose.yaml')).services.hookql.stop_grace_period, 10),
    )
    expect(container.image).toBe(`hookql:${manifest.version}`)
  })

  it('lets callers reach the port of callers, and the admin port from one namespace only', () => {
    const { podSelector, policyTypes, ingress } = find('NetworkPolicy').spec
    expect(podSelector).toEqual(find('Deployment').spec.selector)
    expect(policyTypes).toEqual(['Ingress'])
    const toAdmin = ingress.filter(
      ({ ports }: { ports?: { port: string }[] }) => ports?.some(({ port }) => port === 'admin') ?? true,
    )
    expect(toAdmin).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        ports: [{ port: 'admin' }],
      },
    ])
    expect(ingress).toContainEqual({ ports: [{ port: find('Service').spec.ports[0].targetPort }] })
  })

  it('starts with a configuration that is accepted, whose tokens are in the secret that it mounts', () => {
    const yaml: string = find('ConfigMap').data['hookql.yaml']
    const { storeKeys, ...config } = readYaml(yaml, ownEnvironment)
    expect(config).toMatchObject({ ...safe, storePath })
    expect(reveal(storeKeys ?? '')).toBe(key)
    const mounted = container.volumeMounts.find(({ name }: { name: string }) => name === 'tokens').mountPath
    expect(listSecretFiles(yaml)).toEqual(Object.keys(find('Secret').stringData).map((name) => `${mounted}/${name}`))
  })

  it('starts beside a Service whose variables have the names of its own', () => {
    const environment = { ...ownEnvironment, HOOKQL_ADMIN_PORT: 'tcp://10.0.0.1:9090' }
    expect(() => readYaml(find('ConfigMap').data['hookql.yaml'], environment)).toThrow('HOOKQL_ADMIN_PORT')
    expect(pod.enableServiceLinks).toBe(false)
  })

  it('starts beside the variables that Kubernetes sets for its Service', () => {
    const { metadata, spec } = find('Service')
    const name = metadata.name.toUpperCase().replaceAll('-', '_')
    const [{ port, name: portName }] = spec.ports
    const variables = ['SERVICE_HOST', 'SERVICE_PORT', `SERVICE_PORT_${portName.toUpperCase()}`, 'PORT', `PORT_${port}_TCP`]
    const environment = Object.fromEntries(variables.map((each) => [`${name}_${each}`, `tcp://10.0.0.1:${port}`]))
    const config = readYaml(find('ConfigMap').data['hookql.yaml'], { ...ownEnvironment, ...environment })
    expect(config).toMatchObject({ ...safe, unknownVariables: [] })
  })

  it('keeps its store in a volume that one process writes', () => {
    expect(find('Deployment').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } })
    expect(container.volumeMounts).toContainEqual({ name: 'store', mountPath: dirname(storePath) })
    const claimName = find('PersistentVolumeClaim').metadata.name
    expect(pod.volumes).toContainEqual({ name: 'store', persistentVolumeClaim: { claimName } })
    expect(pod.securityContext).toMatchObject({ fsGroup: pod.securityContext.runAsUser })
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
