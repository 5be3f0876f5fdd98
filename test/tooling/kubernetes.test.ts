import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { acceptMs, getDrainWritesMs } from '../../src/cli/drain.ts'
import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'
import { reveal } from '../../src/secret.ts'
import { key, listSecretFiles, manifest, readImage, readYaml, safe, storePath, storeUrl } from '../helpers/deploy.ts'
import { readRoot as read } from '../helpers/page.ts'

function open(file: string) {
  const documents = parseAllDocuments(read(file)).map((document) => document.toJS())
  const find = (kind: string) => documents.find((document) => document.kind === kind)
  const pod = find('Deployment').spec.template.spec
  const [container] = pod.containers
  const variables = container.env.map(({ name, value }: { name: string; value: string }) => [name, value])
  const { HOOKQL_CONFIG: _, ...environment } = Object.fromEntries(variables)
  return { documents, find, pod, container, environment, yaml: String(find('ConfigMap').data['hookql.yaml']) }
}

const several = open('deploy/kubernetes.yaml')
const single = open('deploy/kubernetes.single.yaml')
const drainMs = getDrainWritesMs(readConfig({ HOOKQL_SANDBOX: 'true' }, providers))

describe.each([
  ['kubernetes.yaml', several],
  ['kubernetes.single.yaml', single],
])('deploy/%s', (_, { find, pod, container, environment: ownEnvironment, yaml }) => {
  it('has no rights and a read-only file system', () => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('asks the routes that there are, on the port where they are', () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'admin' })
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'admin' })
    expect(container.startupProbe.httpGet).toEqual({ path: '/livez', port: 'admin' })
    expect(container.ports).toEqual([
      { name: 'http', containerPort: readImage('PORT') },
      { name: 'admin', containerPort: readImage('HOOKQL_ADMIN_PORT') },
    ])
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

  it('starts with a configuration that is accepted, whose secrets are in the Secret that it mounts', () => {
    const { storeKeys, ...config } = readYaml(yaml, ownEnvironment)
    expect(config).toMatchObject(safe)
    expect(reveal(storeKeys ?? '')).toBe(key)
    const mounted = container.volumeMounts.find(({ name }: { name: string }) => name === 'tokens').mountPath
    expect(listSecretFiles(yaml)).toEqual(Object.keys(find('Secret').stringData).map((name) => `${mounted}/${name}`))
  })

  it('has no key or address to start with: yours must take their place', () => {
    expect(new Set(Object.values(find('Secret').stringData))).toEqual(new Set(['replace-me']))
    const given = { token: 'replace-me', storeKey: 'replace-me', storeUrl: 'replace-me' }
    expect(() => readYaml(yaml, ownEnvironment, given)).toThrow('storeKeyFile')
  })

  it('mounts the volumes that it declares, and what they name is declared', () => {
    const mounts: readonly { name: string }[] = container.volumeMounts
    expect(mounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }: { name: string }) => name))
    expect(pod.volumes).toEqual(
      expect.arrayContaining([
        { name: 'config', configMap: { name: find('ConfigMap').metadata.name } },
        { name: 'tokens', secret: { secretName: find('Secret').metadata.name } },
      ]),
    )
    expect(find('Deployment').spec.template.metadata.labels).toEqual(find('Deployment').spec.selector.matchLabels)
    expect(find('Service').spec.selector).toEqual(find('Deployment').spec.selector.matchLabels)
  })

  it('starts beside a Service whose variables have the names of its own', () => {
    const environment = { ...ownEnvironment, HOOKQL_ADMIN_PORT: 'tcp://10.0.0.1:9090' }
    expect(() => readYaml(yaml, environment)).toThrow('HOOKQL_ADMIN_PORT')
    expect(pod.enableServiceLinks).toBe(false)
  })

  it('starts beside the variables that Kubernetes sets for its Service', () => {
    const { metadata, spec } = find('Service')
    const name = metadata.name.toUpperCase().replaceAll('-', '_')
    const [{ port, name: portName }] = spec.ports
    const variables = ['SERVICE_HOST', 'SERVICE_PORT', `SERVICE_PORT_${portName.toUpperCase()}`, 'PORT', `PORT_${port}_TCP`]
    const environment = Object.fromEntries(variables.map((each) => [`${name}_${each}`, `tcp://10.0.0.1:${port}`]))
    const config = readYaml(yaml, { ...ownEnvironment, ...environment })
    expect(config).toMatchObject({ ...safe, unknownVariables: [] })
  })
})

describe('deploy/kubernetes.single.yaml', () => {
  const { find, pod, container, environment, yaml } = single

  it('keeps its store in a volume that one process writes', () => {
    expect(find('Deployment').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } })
    expect(readYaml(yaml, environment)).toMatchObject({ storePath })
    expect(container.volumeMounts).toContainEqual({ name: 'store', mountPath: dirname(storePath) })
    const claimName = find('PersistentVolumeClaim').metadata.name
    expect(pod.volumes).toContainEqual({ name: 'store', persistentVolumeClaim: { claimName } })
    expect(pod.securityContext).toMatchObject({ fsGroup: pod.securityContext.runAsUser })
  })

  it('waits for writes as long as Compose does', () => {
    expect(`${pod.terminationGracePeriodSeconds}s`).toBe(parse(read('compose.single.yaml')).services.hookql.stop_grace_period)
  })
})

describe('deploy/kubernetes.yaml', () => {
  const { find, pod, container, environment, yaml } = several
  const { spec } = find('Deployment')

  it('keeps its store in a database that all pods share, and nothing on a volume', () => {
    const config = readYaml(yaml, environment)
    expect(config).toMatchObject({ storePath: null })
    expect(reveal(config.storeUrl ?? '')).toBe(storeUrl)
    expect(find('PersistentVolumeClaim')).toBeUndefined()
  })

  it('starts a new pod before it ends an old one', () => {
    expect(spec.replicas).toBeGreaterThan(1)
    expect(spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })
  })

  it('gives a pod the time to leave the Service and to finish its writes', () => {
    const [program, seconds] = container.lifecycle.preStop.exec.command
    expect([program, Number(seconds)]).toEqual(['sleep', 5])
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(Number(seconds) * 1_000 + acceptMs + drainMs)
  })

  it('loses one pod at a time when nodes are drained, and spreads its pods', () => {
    const budget = find('PodDisruptionBudget')
    expect(budget.spec).toEqual({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: spec.selector })
    expect(pod.topologySpreadConstraints).toMatchObject([{ topologyKey: 'kubernetes.io/hostname', labelSelector: spec.selector }])
  })

  it('has the Service and the NetworkPolicy of the single process', () => {
    for (const kind of ['Service', 'NetworkPolicy']) expect(find(kind)).toEqual(single.find(kind))
  })
})
