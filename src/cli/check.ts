import { ConfigError, type Environment, readConfig } from '../config/config.ts'
import { findProvider } from '../gateway/directory.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createDispatcher } from '../http/dispatcher.ts'
import { findAuditProblem } from '../observe/audit-file.ts'
import { toPlain } from '../observe/plain.ts'
import { providers as allProviders } from '../providers/index.ts'
import type { Provider } from '../provider/provider.ts'
import type { Account } from '../webhook.ts'
import { describeFailure } from './client/describe.ts'
import { describePlace } from './store.ts'
import { createStyle } from './style.ts'

/**
 * Checks the configuration and, if `live`, lists every account once, without writing. Resolves to whether everything is OK;
 * throws ConfigError for problems in the configuration.
 */
export async function check(
  environment: Environment,
  live: boolean,
  print: (line: string) => void,
  providers = allProviders,
): Promise<boolean> {
  const style = createStyle(environment)
  const [good, doubtful, bad] = [style('green', 'ok'), style('yellow', 'warning'), style('red', 'failed')]
  const {
    accounts,
    auth,
    auditFile,
    sandbox,
    unknownVariables,
    storePath,
    storeUrl,
    maxResponseBytes,
    upstreamTimeoutMs: timeoutMs,
    ...more
  } = readConfig(environment, providers)
  const problem = auditFile === null ? null : findAuditProblem(auditFile)
  if (problem !== null) throw new ConfigError([problem])
  if (unknownVariables.length > 0) print(`${doubtful} unknown HookQL variables: ${unknownVariables.join(', ')}`)
  print(
    `${good} configuration: ${describeAccounts(accounts.length, sandbox)}, ${describeAuth(auth)}, ${describeStore({ storePath, storeUrl })}`,
  )
  if (!live || accounts.length === 0) {
    for (const account of accounts) {
      if (Object.keys(account.settings ?? {}).length > 0)
        print(`${good} ${describeAccount(account, findProvider(providers, account.provider))}`)
    }
    return true
  }

  const dispatcher = createDispatcher(maxResponseBytes)
  const door = { list: { items: more.maxListItems, bytes: more.maxListBytes } }
  const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs, door })
  const results = await Promise.all(gateway.accounts.map(readAccount))
  await dispatcher.close()
  for (const { line } of results) print(line)
  return results.every(({ well }) => well)

  async function readAccount(account: Account) {
    const startedMs = performance.now()
    const { webhooks, error } = await gateway.list(account)
    const durationMs = Math.round(performance.now() - startedMs)
    const name = describeAccount(account, gateway.getProvider(account.provider))
    return error === null
      ? { well: true, line: `${good} ${name}: credentials accepted, ${webhooks.length} webhooks, ${durationMs} ms` }
      : { well: false, line: `${bad} ${name}: ${toPlain(describeFailure(error))}` }
  }
}

/** With the settings, so that an account of the wrong repository is noticed. */
function describeAccount({ slug, settings = {} }: Account, { displayName }: Provider): string {
  return `${slug} (${[displayName, ...Object.entries(settings).map(([name, value]) => `${name} ${value}`)].join(', ')})`
}

function describeAccounts(count: number, sandbox: boolean): string {
  if (count === 0) return 'no accounts, so the embedded sandbox is used'
  const accounts = count === 1 ? '1 account' : `${count} accounts`
  return sandbox ? `${accounts}, but HOOKQL_SANDBOX uses the embedded sandbox instead` : accounts
}

function describeStore(place: Parameters<typeof describePlace>[0]): string {
  return `store in ${describePlace(place)}`
}

function describeAuth(auth: ReturnType<typeof readConfig>['auth']): string {
  if (auth === null) return 'no authentication'
  const keys = auth.apiKeys.length
  const parts = [
    keys > 0 && (keys === 1 ? '1 API key' : `${keys} API keys`),
    auth.jwt !== undefined && 'identity provider tokens',
  ]
  return `authentication with ${parts.filter((part) => part !== false).join(' and ')}`
}
