import type { Mutations } from './mutation.ts'

/** Plans: identity, comparison, what is never done, and going on. */
export const plan: Mutations = {
  'plan/identity.ts': [
    {
      name: 'one of several webhooks is taken for the one that is meant',
      from: 'const clear = single.filter(({ found }) => found.length <= 1)',
      to: 'const clear = single',
      test: 'plan/safety',
    },
    {
      name: 'two desired webhooks can mean the same one',
      from: 'group.length === 1 ? group : []',
      to: 'group',
      test: 'plan/providers',
    },
  ],
  'plan/fit.ts': [
    {
      name: 'a pulled webhook gets no ID though it means others too',
      from: 'found.length !== 1 || ',
      to: '',
      test: 'cli/pull/plan',
    },
    {
      name: 'a webhook gets an ID that it does not need',
      from: 'webhook !== null && (found.length !== 1 || found[0] !== webhook)',
      to: 'webhook !== null',
      test: 'cli/pull/plan',
    },
    {
      name: 'a webhook that is known by its ID can be meant by others',
      from: 'const left = webhooks.filter(({ id }) => !claimed.has(id))',
      to: 'const left = webhooks.filter(({ id }) => !claimed.has(id) || id !== "")',
      test: 'plan/safety',
    },
    {
      name: 'a webhook without a name is not known by its URL',
      from: 'byName.get(key) ?? namelessByUrl.get(url) ?? nothing',
      to: 'byName.get(key) ?? nothing',
      test: 'plan/replace',
    },
  ],
  'plan/name.ts': [
    {
      name: 'a name in another case is always another one',
      from: 'return fields.name.isCaseless === true ? normal.toLowerCase() : normal',
      to: 'return fields.name.isUnique === undefined ? normal.normalize() : normal',
      test: 'plan/names',
    },
    {
      name: 'a name in another case is never another one',
      from: 'return fields.name.isCaseless === true ?',
      to: 'return fields.name.isCaseless !== undefined || normal !== "" ?',
      test: 'plan/names',
    },
    {
      name: 'a name is another one if its letters are composed in another way',
      from: "return name.normalize('NFC')",
      to: 'return name',
      test: 'plan/names',
    },
  ],
  'plan/compare.ts': [
    {
      name: 'the order of event types is a difference',
      from: 'return [...given].filter((name) => !isCovered(name)).toSorted()',
      to: 'return [...given].filter((name) => !isCovered(name))',
      test: 'plan/safety',
    },
    {
      name: 'a pattern does not cover its event types',
      from: 'return name !== pattern && given.has(pattern)',
      to: 'return name !== pattern && given.has(pattern) && pattern === name',
      test: 'plan/safety',
    },
    {
      name: 'URLs are compared as they are written',
      from: 'toHref(webhook.url) === toHref(url)),',
      to: 'webhook.url === url),',
      test: 'plan/plan',
    },
    {
      name: 'a secret is compared, and shown',
      from: 'after: secret ? null : asked,',
      to: 'after: asked,',
      test: 'plan/safety',
    },
    {
      name: 'what a webhook has instead of an option says nothing',
      from: 'return isUnset && asked !== null ? false',
      to: 'return isUnset && asked === null ? false',
      test: 'plan/plan',
    },
    {
      name: 'a webhook that the provider has suspended counts as enabled',
      from: "const isSending = webhook.enabled && webhook.status !== 'SUSPENDED'",
      to: 'const isSending = webhook.enabled',
      test: 'plan/plan',
    },
  ],
  'plan/replace.ts': [
    {
      name: 'a new webhook gets an option besides the one that it has instead',
      from: 'filter(([option]) => !isReplaced(option))',
      to: 'filter(([option]) => option !== "" || !isReplaced(option))',
      test: 'plan/replace',
    },
  ],
  'plan/plan.ts': [
    {
      name: 'webhooks are deleted while an account cannot be read',
      from: 'isPruned && mayDelete && findObstacle',
      to: 'isPruned && findObstacle',
      test: 'plan/safety',
    },
    {
      name: 'webhooks that cannot be desired are deleted',
      from: 'isPruned && mayDelete && findObstacle(webhook) === undefined',
      to: 'isPruned && mayDelete',
      test: 'plan/providers',
    },
    {
      name: 'webhooks are deleted where nobody asks for it',
      from: 'isPruned && mayDelete && findObstacle',
      to: 'mayDelete && findObstacle',
      test: 'plan/providers',
    },
    {
      name: 'a webhook is replaced while an account cannot be read',
      from: '  if (!mayDelete) return refuse(',
      to: '  if (!mayDelete && desired.index < 0) return refuse(',
      test: 'plan/properties',
    },
    {
      name: 'a webhook is replaced although another one is as desired already',
      from: 'if (twins.length > 0) {',
      to: 'if (twins.length > 1) {',
      test: 'plan/replace',
    },
  ],
  'plan/change.ts': [
    {
      name: 'a change is the same whatever it changes',
      from: 'return known.map(({ path, before, after }) => [path, before, after])',
      to: 'return known.map(({ path }) => path)',
      test: 'plan/plan',
    },
    {
      name: 'a deletion is the same whatever it deletes',
      from: "(kind === 'DELETE' || kind === 'REPLACE') ? toState(webhook) : null",
      to: "(kind === 'NONE' || kind === 'REPLACE') ? toState(webhook) : null",
      test: 'plan/safety',
    },
    {
      name: 'a replacement is the same whatever it takes over',
      from: "(kind === 'DELETE' || kind === 'REPLACE') ? toState(webhook) : null",
      to: "(kind === 'DELETE' || kind === 'NONE') ? toState(webhook) : null",
      test: 'plan/plan',
    },
  ],
  'plan/fingerprint.ts': [
    {
      name: 'the fingerprint has what nobody changes',
      from: "return kind !== 'NONE' && kind !== 'UNMANAGED'",
      to: "return kind !== 'NONE'",
      test: 'plan/plan',
    },
  ],
  'plan/warnings.ts': [
    {
      name: 'an account may have more webhooks than it can',
      from: 'own.length === 0 || most <= maxWebhooks',
      to: 'own.length === 0 || most - 1 <= maxWebhooks',
      test: 'plan/room',
    },
    {
      name: 'a replacement needs no room',
      from: 'now + created + (created < own.length ? 1 : 0)',
      to: 'now + created',
      test: 'plan/room',
    },
  ],
  'plan/valves.ts': [
    {
      name: 'an account of nine has a valve',
      from: 'const leastWebhooks = 10',
      to: 'const leastWebhooks = 9',
      test: 'plan/safety',
    },
    {
      name: 'a third of an account may be changed',
      from: 'const mostShare = 0.3',
      to: 'const mostShare = 0.35',
      test: 'plan/safety',
    },
    {
      name: 'all webhooks of an account may be deleted',
      from: '...(deleted > 0 && deleted === total ? [toAllDeleted(account, total)] : []),',
      to: '',
      test: 'plan/apply',
    },
  ],
  'gateway/plan/apply.ts': [
    {
      name: 'an outdated plan is carried out',
      from: 'if (earlier.length === 0 && plan.fingerprint !== fingerprint) throw new PlanOutdatedError(plan)',
      to: '',
      test: 'plan/apply',
    },
    {
      name: 'a plan that was begun has to be checked again',
      from: 'if (earlier.length === 0 && plan.fingerprint',
      to: 'if (plan.fingerprint',
      test: 'plan/apply',
    },
    {
      name: 'a deletion does not wait for what is missing',
      from: 'return skipped === null ? carry(provider, change)',
      to: "return skipped !== '' ? carry(provider, change)",
      test: 'plan/safety',
    },
  ],
  'gateway/plan/choose.ts': [
    {
      name: 'a plan is carried out whatever it changes',
      from: 'if (force === true || plan.refusals.length === 0) return',
      to: 'if (force !== null || plan.refusals.length === 0) return',
      test: 'plan/safety',
    },
    {
      name: 'a change is chosen that the plan does not have',
      from: 'if (isComplete && issues.length > 0) throw',
      to: 'if (isComplete && issues.length < 0) throw',
      test: 'plan/safety',
    },
    {
      name: 'deletes come before creates',
      from: "['CREATE', 'UPDATE', 'REPLACE', 'DELETE']",
      to: "['DELETE', 'UPDATE', 'REPLACE', 'CREATE']",
      test: 'plan/safety',
    },
    {
      name: 'all changes are carried out, whatever is chosen',
      from: '(only == null || only.includes(id))',
      to: "(only == null || id !== '')",
      test: 'plan/safety',
    },
    {
      name: 'a replacement that was begun is left as it is',
      from: 'const rests = plan.isComplete ? toRests',
      to: 'const rests = plan.isComplete && plan.changes.length < 0 ? toRests',
      test: 'plan/replace',
    },
  ],
  'gateway/plan/earlier.ts': [
    {
      name: 'a deletion that never happened is never carried out',
      from: '...(tries > 0 ? [tries] : [])',
      to: '...(tries < 0 ? [tries] : [])',
      test: 'plan/replace',
    },
  ],
  'gateway/plan/checked.ts': [
    {
      name: 'a repeated apply carries out what nobody has checked',
      from: 'has: (change) => all.has(toDigest(change))',
      to: 'has: (change) => all.has(toDigest(change)) || change.id !== ""',
      test: 'plan/safety',
    },
  ],
  'gateway/plan/same.ts': [
    {
      name: 'a key answers with what was done for another input',
      from: 'if (own?.endsWith(digest) !== true) throw toOtherInput()',
      to: 'if (own == null) throw toOtherInput()',
      test: 'plan/safety',
    },
  ],
  'gateway/plan/resume.ts': [
    {
      name: 'a webhook is deleted again that somebody has changed',
      from: 'hashSettings(each.connection.provider, webhook) === each.settings',
      to: 'hashSettings(each.connection.provider, webhook) !== ""',
      test: 'plan/safety',
    },
  ],
  'gateway/plan/settings.ts': [
    {
      name: 'a webhook with another URL counts as unchanged',
      from: 'toHref(url), eventTypes',
      to: 'toHref(url) === "", eventTypes',
      test: 'plan/replace',
    },
  ],
  'gateway/plan/lanes.ts': [
    {
      name: 'a deletion does not wait for what takes its place',
      from: 'if (accounts.has(account.slug)) return forFailed',
      to: '',
      test: 'plan/room',
    },
    {
      name: 'a deletion does not wait for a secret that nobody may have',
      from: 'return unsettled.has(account.slug) ? forUnsettled : null',
      to: 'return unsettled.size < 0 ? forUnsettled : null',
      test: 'plan/unsettled',
    },
    {
      name: 'a deletion does not wait for a replacement',
      from: "(kind === 'CREATE' || kind === 'REPLACE') && create instanceof",
      to: "kind === 'CREATE' && create instanceof",
      test: 'plan/room',
    },
    {
      name: 'two plans are applied at once',
      from: 'if (!(await ledger.takeTurn(planTurn, budget.signal))) throw toOvertaken()',
      to: 'if (budget.signal.aborted) throw toOvertaken()',
      test: 'plan/apply',
    },
    { name: 'changes begin after the time is up', from: 'if (!mayContinue()) break', to: '', test: 'plan/safety' },
  ],
  'gateway/plan/carry.ts': [
    {
      name: 'a secret of another caller is handed out to everybody',
      from: '(entry.caller !== caller && !revealsAll)',
      to: '(entry.caller === caller && !revealsAll && caller.length === 0)',
      test: 'plan/replace',
    },
    {
      name: 'an old webhook goes that somebody has just changed',
      from: 'hashSettings(provider, now) !== settings',
      to: 'hashSettings(provider, now) === ""',
      test: 'plan/replace',
    },
    {
      name: 'the old webhook goes although the new one does not send',
      from: "if (webhook?.status === 'ACTIVE' && created.webhook.status !== 'ACTIVE')",
      to: "if (webhook?.status === 'DISABLED' && created.webhook.status !== 'ACTIVE' && webhook.id === '')",
      test: 'plan/plan',
    },
  ],
  'gateway/plan/steps.ts': [
    {
      name: 'anybody creates webhooks',
      from: 'if (!applier.mayCreate) return toForbidden(applier.caller)',
      to: '',
      test: 'plan/safety',
    },
    {
      name: 'two processes create the same webhook',
      from: 'if (found === undefined) return\n',
      to: 'if (found !== null) return\n',
      test: 'plan/safety',
    },
    {
      name: 'a webhook at the URL of one that was just created is refused',
      from: 'known.add(created.webhook.id)',
      to: 'known.has(created.webhook.id)',
      test: 'plan/plan',
    },
    {
      name: 'a change has no key of its own',
      from: 'const part = idempotencyKey === undefined ? undefined : toPart(facts, change, step, earlier, digest)',
      to: 'const part = undefined',
      test: 'plan/apply',
    },
  ],
  'gateway/plan/obstacle.ts': [
    {
      name: 'a webhook is deleted whose URL no file can have',
      from: '...(known.safeParse({ id, url }, { error: wordIssue }).error?.issues ?? []),',
      to: '...(known.safeParse({ id: "", url: "" }, { error: wordIssue }).error?.issues ?? []).slice(9),',
      test: 'plan/safety',
    },
    {
      name: 'a webhook is deleted whose target no plan may have',
      from: '    ...inspectUrl({ url }),\n',
      to: '',
      test: 'plan/safety',
    },
  ],
  'gateway/plan/input.ts': [
    {
      name: 'webhooks of any shape are planned',
      from: "inspectShape(shapes.DESIRED, ['input'], given, inspectRules(toUnchecked(given)))",
      to: 'inspectRules(toUnchecked(given))',
      test: 'plan/safety',
    },
    {
      name: 'the ID of another account is taken',
      from: 'directory.locate(id)?.connection === connection',
      to: 'directory.locate(id)?.connection !== null',
      test: 'plan/safety',
    },
  ],
  'schema/plan.ts': [
    {
      name: 'a plan is shown to whom may not read',
      from: "    extensions: needs(['webhooks:read']),\n",
      to: '',
      test: 'server/authorization',
    },
  ],
  'gateway/plan/begun.ts': [
    {
      name: 'a replacement goes on though somebody has changed the old webhook',
      from: 'if (isAsBefore && mayFinish',
      to: 'if (facts.settings !== null && isAsBefore !== undefined && mayFinish',
      test: 'plan/replace',
    },
    {
      name: 'a replacement goes on without the secret of the new webhook',
      from: '(hadSecret !== true ||',
      to: '(hadSecret !== null ||',
      test: 'plan/replace',
    },
    {
      name: 'a replacement goes on with a new webhook that is not as desired',
      from: 'listDifferences(provider, desired, twin).length === 0',
      to: 'listDifferences(provider, desired, twin).length >= 0',
      test: 'plan/replace',
    },
  ],
  'gateway/plan/unsettled.ts': [
    {
      name: 'a create with an unknown outcome is not told',
      from: 'candidates.some((each) => each.upstreamId === upstreamId)',
      to: 'false',
      test: 'plan/unsettled',
    },
    {
      name: 'a create that nobody has looked at is not told',
      from: 'return isSameName || toHref(input.url) === toHref(url)',
      to: 'return isSameName',
      test: 'plan/unsettled',
    },
    {
      name: 'a webhook that was there before may be that of a create',
      from: 'ids?.includes(id) === true',
      to: 'ids?.includes(url) === true',
      test: 'plan/unsettled',
    },
    {
      name: 'a secret that was rotated since may be lost',
      from: 'setMs >= startedMs',
      to: 'setMs < startedMs',
      test: 'plan/unsettled',
    },
    {
      name: 'what a create may still make is created again',
      from: 'if (pending !== undefined) problems.push(',
      to: 'if (pending === null) problems.push(',
      test: 'plan/unsettled',
    },
    {
      name: 'what a create may still make is replaced again',
      from: "kind === 'CREATE' || kind === 'REPLACE' ?",
      to: "kind === 'CREATE' ?",
      test: 'plan/unsettled',
    },
    {
      name: 'what somebody has deleted since is waited for',
      from: '&& listCandidates(write.entry).length === 0 &&',
      to: '&&',
      test: 'plan/unsettled',
    },
  ],
}
