import type { Mutations } from './mutation.ts'

/** What the command line does with files of webhooks, plans and secrets. */
export const cli: Mutations = {
  'cli/file/variables.ts': [
    {
      name: 'any variable can be used in a file',
      from: 'const value = usable.test(name)',
      to: "const value = name !== ''",
      test: 'cli/file/read',
    },
    {
      name: 'a URL shows what is left of a value that it changes',
      from: 'names.every(isHidden)',
      to: 'true',
      test: 'cli/file/read',
    },
    {
      name: 'a value counts as found if it is found once',
      from: 'found.length >= names.filter((each) => each === name).length',
      to: 'found.length > 0',
      test: 'cli/file/read',
    },
    {
      name: 'a host that a message names alone shows how a value begins',
      from: '!isCut || ',
      to: 'true || ',
      test: 'cli/file/read',
    },
    {
      name: 'whether a URL is refused tells the last character of a value',
      from: '!changing.some((pattern) => pattern.test(plain)) && ',
      to: '',
      test: 'cli/file/read',
    },
    {
      name: 'a plan sorts event types by the values of variables',
      from: "path.at(-2) === 'eventTypes'",
      to: "path.at(-2) === ''",
      test: 'cli/file/read',
    },
    {
      name: 'a text shows where a value begins that overlaps another one',
      from: '[text, text.trim(), toHref(text), toTarget(text)]',
      to: '[]',
      test: 'cli/file/read',
    },
    {
      name: 'what a gateway makes of a URL shows where a value begins',
      from: 'text.trim(), toHref(text), toTarget(text)]',
      to: 'text.trim()]',
      test: 'cli/file/read',
    },
    {
      name: 'a file that no longer uses a variable shows its value',
      from: '[...used, ...others]',
      to: '[...used]',
      test: 'cli/file/read',
    },
    {
      name: 'whoever names a webhook can use a variable',
      from: "if (typeof value === 'string') return value.replaceAll('$', '$$$$')",
      to: "if (typeof value === 'string') return value",
      test: 'cli/pull/round-trip',
    },
    {
      name: 'aliases stand for as much as they like',
      from: 'const mostValues = 1_000_000',
      to: 'const mostValues = 100_000_000',
      test: 'cli/file/read',
    },
    {
      name: 'an alias stands for what contains it',
      from: 'if (path.length > mostLevels)',
      to: 'if (path.length > 1_000_000)',
      test: 'cli/file/read',
    },
  ],
  'cli/file/mask.ts': [
    {
      name: 'a URL shows the value of a variable in its own spelling',
      from: "[value, encodeURIComponent(value), encodeURI(value), ...inUrls, asPath ?? '', asQuery ?? '', quoted]",
      to: '[value, quoted]',
      test: 'cli/file/read',
    },
    {
      name: 'a variable that is a URL is shown in the form that it gets',
      from: "['', 'https://'].flatMap",
      to: "['https://'].flatMap",
      test: 'cli/file/read',
    },
    {
      name: 'a trimmed value is shown',
      from: '[given, given.trim()].flatMap',
      to: '[given].flatMap',
      test: 'cli/file/read',
    },
    {
      name: 'a value shows what another one leaves of it',
      from: 'pattern.lastIndex = index + 1',
      to: 'pattern.lastIndex = index + found.length',
      test: 'cli/file/read',
    },
    {
      name: 'a value is shown where the gateway drops the dot of its host',
      from: 'const sent = toTarget(url)',
      to: 'const sent = toHref(url)',
      test: 'cli/file/read',
    },
    {
      name: 'a value is shown where its password is hidden',
      from: "[toHref(url), sent, hideCredentials(sent, '***')]",
      to: '[toHref(url), sent]',
      test: 'cli/file/read',
    },
    {
      name: 'the host of a value is shown alone',
      from: '[listForms, listHosts]',
      to: '[listForms]',
      test: 'cli/file/read',
    },
    {
      name: 'a value is called by no name where upper case changes it',
      from: '[form.toUpperCase(), name]',
      to: '[form, name]',
      test: 'cli/file/read',
    },
  ],
  'cli/file/shape.ts': [
    {
      name: 'a file can show a secret',
      from: "if (isSecret === true) return refused('A file shows no secret. Set secret: { env: NAME } beside options')",
      to: '',
      test: 'cli/file/read',
    },
  ],
  'cli/real-path.ts': [
    {
      name: 'a link leads to another folder for a file that is yet to be made',
      from: 'join(toRealPath(folder), basename(path))',
      to: 'path',
      test: 'cli/real-path',
    },
    {
      name: 'a link is taken for the file that it leads to, and that is yet to be made',
      from: 'isCircle ? undefined : readLink(own)',
      to: 'undefined',
      test: 'cli/real-path',
    },
    {
      name: 'links that lead in a circle are followed for ever',
      from: 'isCircle ? undefined : readLink(own)',
      to: 'readLink(own)',
      test: 'cli/real-path',
    },
  ],
  'cli/replace.ts': [
    {
      name: 'two writers undo what the other adds',
      from: 'for (const other of others) await rm(other, { force: true }).catch(explain)\n',
      to: '',
      test: 'cli/replace',
    },
    {
      name: 'a writer that others were faster than says that it has written',
      from: "if (toCode(error) === 'ENOENT') return false",
      to: "if (toCode(error) === 'ENOENT') return true",
      test: 'cli/replace',
    },
    {
      name: 'nobody waits for a writer that goes on',
      from: 'look < mostLooks * 2 ** attempt && ',
      to: 'look < 0 && ',
      test: 'cli/replace',
    },
    {
      name: 'writers that hinder each other wait no longer each time',
      from: 'mostLooks * 2 ** attempt',
      to: 'mostLooks',
      test: 'cli/replace',
    },
    {
      name: 'drafts of other files are removed',
      from: " && name.replace(draftName, '') === basename(path)",
      to: '',
      test: 'cli/replace',
    },
    {
      name: 'links with the name of a draft are removed',
      from: 'entry.isFile() && ',
      to: '!entry.isDirectory() && ',
      test: 'cli/replace',
    },
    {
      name: 'a secret is written where the next command removes it',
      from: 'if (issue !== null) throw new ReplaceError(issue)\n',
      to: '',
      test: 'cli/replace',
    },
    {
      name: 'a link is replaced by a file',
      from: 'const path = toRealPath(file)',
      to: 'const path = file',
      test: 'cli/pull/files',
    },
    {
      name: 'a file that is replaced can be read by others than before',
      from: 'handle.chmod(kept.mode & 0o7777)',
      to: 'handle.chmod(0o644)',
      test: 'cli/pull/files',
    },
  ],
  'cli/sink/file.ts': [
    {
      name: 'a secret of several lines is written into a file of variables',
      from: ' || /\\p{Cc}/u.test(secret)',
      to: '',
      test: 'cli/sink/sink',
    },
    {
      name: 'a file of secrets can be read by others',
      from: 'mode: 0o600',
      to: 'mode: 0o644',
      test: 'cli/sink/sink',
    },
    {
      name: 'a variable is lost with a line of another one',
      from: 'if (!isDeepStrictEqual({ ...parseEnv(text) }, { ...parseEnv(before), [name]: secret })) {',
      to: 'if (text === before) {',
      test: 'cli/sink/sink',
    },
  ],
  'cli/sink/command.ts': [
    {
      name: 'a command need not read the secret',
      from: 'if (!isWhole) throw',
      to: 'if (isWhole === null) throw',
      test: 'cli/sink/sink',
    },
    {
      name: 'a command can take as long as it likes',
      from: 'setTimeout(() => end(`did not end within',
      to: 'setTimeout(() => String(`did not end within',
      test: 'cli/sink/sink',
    },
    {
      name: 'what a command has started goes on',
      from: 'process.kill(-child.pid',
      to: 'process.kill(child.pid',
      test: 'cli/sink/sink',
    },
    {
      name: 'a command that fails has taken the secret',
      from: 'if (exitCode !== 0) throw',
      to: 'if (exitCode === -1) throw',
      test: 'cli/sink/sink',
    },
  ],
  'cli/pull/allowed.ts': [
    {
      name: 'pulling writes what no file can say',
      from: 'if (issues.size === 0) return',
      to: 'if (issues.size >= 0) return',
      test: 'e2e/pull',
    },
  ],
  'cli/pull/ask.ts': [
    {
      name: 'pulling writes a target that the gateway refuses',
      from: 'undefined ? [] : [[id, message] as const]',
      to: 'undefined || message !== "" ? [] : [[id, message] as const]',
      test: 'e2e/pull',
    },
  ],
  'cli/pull/print.ts': [
    {
      name: 'a file has characters that nobody sees',
      from: '\\p{Cc}\\p{Cf}\\p{Cs}',
      to: '\\p{Cc}\\p{Cs}',
      test: 'cli/pull/round-trip',
    },
    {
      name: 'a name merges what stands below it',
      from: `if (value === '<<') return '"<<"'`,
      to: '',
      test: 'cli/pull/rewrite',
    },
  ],
  'cli/pull/webhook.ts': [
    {
      name: 'pulling turns variables into their values',
      from: 'url: toHref(known.url) === toHref(fields.url)',
      to: 'url: false',
      test: 'cli/pull/edit',
    },
    {
      name: 'pulling manages what the file leaves out',
      from: 'known.enabled === undefined || (fields.enabled',
      to: '(fields.enabled',
      test: 'cli/pull/edit',
    },
    {
      name: 'what a webhook does not have stays in the file',
      from: 'paths.length === 0 ? item',
      to: 'paths.length >= 0 ? item',
      test: 'cli/pull/edit',
    },
    {
      name: 'pulling turns the variables beside what differs into their values',
      from: 'if (written !== undefined && isDeepStrictEqual(known, actual)) return written',
      to: '',
      test: 'cli/pull/rewrite',
    },
  ],
  'cli/pull/changes.ts': [
    {
      name: 'a comment moves to another value',
      from: "isCollection(old) && !isFlow(old) ? '' : text",
      to: 'text',
      test: 'cli/pull/rewrite',
    },
    {
      name: 'a comment behind an empty list moves to its last line',
      from: ': `${comment}${rest}${behind}`',
      to: ': `${comment}${behind}${rest}`',
      test: 'cli/pull/rewrite',
    },
    {
      name: 'pulling writes a webhook anew of which one field differs',
      from: 'if (isMap(node) && isRecord(before) && isRecord(after) && changeMap(node, before, after)) return',
      to: '',
      test: 'cli/pull/rewrite',
    },
  ],
  'cli/pull/layout.ts': [
    {
      name: 'a comment in brackets is lost with what stands before it',
      from: 'if (isInLines(parts, isKept)) return removeItems(parts, isKept)',
      to: '',
      test: 'cli/pull/rewrite',
    },
  ],
  'cli/pull/splice.ts': [
    {
      name: 'what is changed changes what its aliases say',
      from: 'if (lost !== null && !isWithin(range))',
      to: 'if (lost === "" && !isWithin(range))',
      test: 'cli/pull/rewrite',
    },
  ],
  'cli/pull/pull.ts': [
    {
      name: 'pulling writes webhooks below another provider',
      from: 'if (wrong.length > 0) throw new CommandError(formatProblems(wrong))',
      to: '',
      test: 'cli/pull/files',
    },
    {
      name: 'what is removed is not told',
      from: 'name = null, url } of removed)',
      to: 'name = null, url } of removed.slice(removed.length))',
      test: 'cli/pull/files',
    },
    {
      name: 'pulling writes what a plan refuses',
      from: 'if (repeated.length > 0) throw',
      to: 'if (repeated.length < 0) throw',
      test: 'cli/pull/files',
    },
    {
      name: 'pulling loses what somebody writes meanwhile',
      from: 'if (found === before) return text',
      to: 'if (found !== null) return text',
      test: 'cli/pull/files',
    },
  ],
  'cli/pull/match.ts': [
    {
      name: 'a webhook that the file says twice is gone',
      from: 'if (claimer !== undefined) return { repeated: claimer }',
      to: 'if (claimer !== undefined) return undefined',
      test: 'cli/pull/edit',
    },
    {
      name: 'a webhook that can no longer be in a file is gone from it',
      from: "if ('obstacle' in webhook) matches[index] = 'KEPT'",
      to: "if ('obstacle' in webhook) matches[index] = undefined",
      test: 'cli/pull/edit',
    },
    {
      name: 'a webhook that can no longer be in a file is written into it',
      from: "return 'obstacle' in webhook ? 'KEPT' : webhook",
      to: "return 'obstacle' in webhook ? undefined : webhook",
      test: 'cli/pull/edit',
    },
    {
      name: 'the newest of several webhooks is taken first',
      from: '...webhooks.toReversed()',
      to: '...webhooks',
      test: 'cli/pull/edit',
    },
    {
      name: 'a webhook is taken for another one at its URL that was renamed',
      from: 'found.length === 1 && urls.get(url)?.length === 1 && ',
      to: '',
      test: 'cli/pull/edit',
    },
    {
      name: 'a webhook that was renamed loses what the file says beside it',
      from: 'else if (isAlone',
      to: 'else if (!isAlone',
      test: 'cli/pull/edit',
    },
    {
      name: 'a webhook without a name is taken from one that has it',
      from: 'for (const isNamed of [true, false])',
      to: 'for (const isNamed of [false, true])',
      test: 'cli/pull/edit',
    },
  ],
  'cli/pull/actual.ts': [
    {
      name: 'pulling keeps what a webhook does not have',
      from: '.filter((path) => !told.has(path))',
      to: '.filter((path) => told.has(path))',
      test: 'cli/pull/plan',
    },
    {
      name: 'nobody is told of a name that no file can say',
      from: 'new Map([...listUntidyName(provider, webhook), ...allowed.leftOut])',
      to: 'new Map([...listUntidyName(provider, { ...webhook, name: null }), ...allowed.leftOut])',
      test: 'e2e/pull',
    },
  ],
  'cli/pull/edit.ts': [
    {
      name: 'a webhook of the file cannot be told from a new one with its URL',
      from: 'needsId: vague.has(match)',
      to: 'needsId: false',
      test: 'cli/pull/plan',
    },
    {
      name: 'what a webhook has not of the defaults is not told',
      from: "unsaid.filter((path) => hasPath(defaults, path.split('.')))",
      to: 'unsaid.slice(unsaid.length)',
      test: 'cli/pull/edit',
    },
    {
      name: 'a new webhook comes into the first file',
      from: 'opened.findIndex(({ content }) => findAccount(content, slug) !== undefined)',
      to: '0',
      test: 'cli/pull/files',
    },
  ],
  'cli/plan/plan.ts': [
    {
      name: 'a secret that waits in the journal is no difference',
      from: 'secrets.length > 0 || changes',
      to: 'changes',
      test: 'e2e/apply',
    },
    {
      name: 'a plan does not fail for a secret that is lost',
      from: ' && secrets.every(isPlaceable)',
      to: '',
      test: 'e2e/apply',
    },
  ],
  'cli/plan/drift.ts': [
    {
      name: 'drift says nothing of what is in no file',
      from: 'if (count === 0) return',
      to: 'return',
      test: 'e2e/plan',
    },
    {
      name: 'a watch looks by what the file said at its start',
      from: 'file = read()',
      to: '',
      test: 'cli/plan/drift',
    },
    {
      name: 'a mistake in a file ends a watch',
      from: 'error instanceof CommandError || error instanceof ConfigError',
      to: 'error instanceof CommandError',
      test: 'cli/plan/drift',
    },
    {
      name: 'a watch says that all is well beside a problem',
      from: 'if (!isOther && isWhole(plan))',
      to: 'if (!isOther)',
      test: 'cli/plan/drift',
    },
  ],
  'cli/plan/ask.ts': [
    {
      name: 'a plan is in the order of what it does not show',
      from: 'return inShownOrder(result, file)',
      to: 'return result',
      test: 'e2e/plan',
    },
    {
      name: 'a wrong account hides all other mistakes',
      from: 'new CommandError(formatProblems([...wrong.values(), ...others]))',
      to: 'new CommandError(formatProblems([...wrong.values()]))',
      test: 'e2e/plan',
    },
    {
      name: 'an account without webhooks is not read',
      from: 'accounts: [...accounts.keys()],',
      to: '',
      test: 'e2e/plan',
    },
  ],
  'cli/file/unread.ts': [
    {
      name: 'a wrong slug hides what else is wrong with its account',
      from: '...(slugPattern.test(slug) ? [] : read(account)), ',
      to: '',
      test: 'cli/file/read',
    },
    {
      name: 'a wrong provider hides what else is wrong with its account',
      from: ', ...findCommon(readings, toKey)]',
      to: ']',
      test: 'cli/file/read',
    },
    {
      name: 'what one provider alone would refuse is wrong with an unknown one',
      from: 'first.filter((item) => known.every((keys) => keys.has(toText(item))))',
      to: 'first.filter((item) => known.length > 0 || toText(item))',
      test: 'cli/file/read',
    },
  ],
  'cli/file/rules.ts': [
    {
      name: 'what a gateway would refuse is not told with an unknown provider',
      from: 'own.length > 0 ? own : options.providers',
      to: 'own',
      test: 'cli/file/read',
    },
  ],
  'cli/file/read.ts': [
    {
      name: 'a file that is missing hides what is wrong with the others',
      from: '[...absent, ...formatProblems(',
      to: 'absent.length > 0 ? absent : [...formatProblems(',
      test: 'cli/file/read',
    },
    {
      name: 'what is wrong with a file shows the value of a variable',
      from: 'issue: mask(each.issue)',
      to: 'issue: each.issue',
      test: 'cli/file/read',
    },
    {
      name: 'an account that the parser leaves out is not told',
      from: "Object.hasOwn(content['accounts'], '__proto__')",
      to: "Object.hasOwn(content['accounts'], '')",
      test: 'cli/file/read',
    },
    {
      name: 'what is wrong with the shape hides what else is wrong',
      from: 'rules.isPlanned ? findBroken(content, rules) : []',
      to: 'rules.isPlanned && parsed.success ? findBroken(content, rules) : []',
      test: 'cli/file/read',
    },
  ],
  'cli/file/files.ts': [
    {
      name: 'a file with two names is two files',
      from: '(name) => toRealPath(resolve(folder, name))',
      to: '(name) => name',
      test: 'cli/pull/files',
    },
  ],
  'cli/file/text.ts': [
    {
      name: 'a file can be as large as it likes',
      from: 'if (stats.size > mostBytes)',
      to: 'if (stats.size < 0)',
      test: 'cli/file/read',
    },
    {
      name: 'bytes that are no text become other text',
      from: 'if (Buffer.from(text).equals(bytes)) return text',
      to: 'if (text !== null) return text',
      test: 'cli/file/read',
    },
  ],
  'cli/file/source.ts': [
    {
      name: 'YAML passes for JSON',
      from: "file.endsWith('.json') ? findJsonProblem(text) : undefined",
      to: "file.endsWith('.jsonc') ? findJsonProblem(text) : undefined",
      test: 'cli/file/read',
    },
  ],
  'cli/output.ts': [
    {
      name: 'what a full disk does not take is lost without a word',
      from: "if (error.code !== 'EPIPE')",
      to: 'if (error.code === undefined)',
      test: 'cli/output',
    },
    {
      name: 'an apply ends in the middle because nobody reads what it has done',
      from: 'if (endsWithReader) process.exit()',
      to: 'process.exit()',
      test: 'cli/output',
    },
  ],
  'cli/plan/outcome.ts': [
    {
      name: 'the log of an apply says nothing of what has failed',
      from: "(['failed', 'not begun'] as const)",
      to: "(['not begun'] as const)",
      test: 'e2e/apply',
    },
  ],
  'cli/environment.ts': [
    {
      name: 'a configuration file that nobody needs may be missing',
      from: 'requireReadable(config)\n  return',
      to: 'return',
      test: 'cli/client/remote',
    },
  ],
  'cli/terminal.ts': [
    {
      name: 'what a provider says commands the terminal',
      from: 'toColoured(line)',
      to: 'line',
      test: 'cli/output',
    },
    {
      name: 'what moves the cursor goes to a terminal that has none',
      from: 'if (isPlain(stderr, environment) ||',
      to: 'if (!stderr.isTTY ||',
      test: 'cli/output',
    },
  ],
  'observe/plain.ts': [
    {
      name: 'a name commands the terminal',
      from: '/[\\p{Cc}\\p{Cf}\\u2028\\u2029]/gu',
      to: '/\\u2028/gu',
      test: 'e2e/plan',
    },
  ],
  'cli/json.ts': [
    {
      name: 'a terminal obeys what is in JSON',
      from: ': toUnits(character)',
      to: ': character',
      test: 'cli/json',
    },
  ],
  'cli/style.ts': [
    {
      name: 'a terminal has colours although nobody wants them',
      from: '!isTTY || Boolean(NO_COLOR)',
      to: '!isTTY',
      test: 'cli/output',
    },
    {
      name: 'colours go where nobody sees them',
      from: '!isTTY || Boolean(NO_COLOR)',
      to: 'Boolean(NO_COLOR)',
      test: 'cli/output',
    },
  ],
  'cli/client/client.ts': [
    {
      name: 'a server can have the token shown',
      from: 'hide(toData(response.text), response.text)',
      to: 'toData(response.text)',
      test: 'cli/client/remote',
    },
    {
      name: 'an answer of another shape is used',
      from: 'if (error === undefined && path === null) return data',
      to: 'return answer.data as Result',
      test: 'cli/client/remote',
    },
    {
      name: 'an answer is used that does not fit the file',
      from: '[findForeign(data)]',
      to: '[null]',
      test: 'cli/client/remote',
    },
    {
      name: 'an apply that ends with an error passes for one that was refused',
      from: 'answer?.data === undefined && response.status < 500',
      to: 'response.status < 500',
      test: 'cli/client/remote',
    },
    {
      name: 'an apply without an answer passes for one that was not carried out',
      from: "kind === 'query' ? problem",
      to: 'kind !== null ? problem',
      test: 'cli/client/remote',
    },
  ],
  'cli/plan/foreign.ts': [
    {
      name: 'a change can be of a webhook that no file has',
      from: 'webhooks[index]?.input.account === slug',
      to: "webhooks.at(0) !== undefined && index !== null && slug !== ''",
      test: 'cli/client/remote',
    },
    {
      name: 'a change can be there twice',
      from: 'if (ids.has(change.id)) return',
      to: 'if (ids.has(index.toString())) return',
      test: 'cli/client/remote',
    },
  ],
  'cli/client/describe.ts': [
    {
      name: 'the reason of a provider is kept to itself',
      from: 'upstream?.message].filter',
      to: 'null].filter',
      test: 'e2e/plan',
    },
  ],
  'cli/webhooks.ts': [
    {
      name: 'a watch looks without a pause',
      from: "if (ms > toMilliseconds('24d')) throw",
      to: "if (ms > toMilliseconds('2400000d')) throw",
      test: 'e2e/command',
    },
  ],
  'cli/plan/waits.ts': [
    {
      name: 'a rate limit is a failure',
      from: "return error?.code === 'RATE_LIMITED' ? (error.retryAfterMs ?? 0) : 0",
      to: 'return error === undefined ? 1 : 0',
      test: 'e2e/apply',
    },
    {
      name: 'a deletion that waits for a rate limit has failed',
      from: 'return findOwnWait(outcome) > 0 || (isHeld && waitMs > 0)',
      to: 'return findOwnWait(outcome) > 0 || (isHeld && waitMs < 0)',
      test: 'e2e/apply',
    },
    {
      name: 'a later call deletes what an earlier one could not replace',
      from: "kind === 'DELETE' && accounts.has(account.slug)",
      to: "kind === 'DELETE' && accounts.size < 0",
      test: 'e2e/apply',
    },
  ],
  'cli/plan/show.ts': [
    {
      name: 'a name is masked with the URL beside it',
      from: '`${toShown(name, options)} (${shownUrl})`',
      to: 'toShown(`${name} (${url})`, options)',
      test: 'cli/plan/mask',
    },
  ],
  'cli/plan/order.ts': [
    {
      name: 'the order of changes tells of the names of webhooks',
      from: "mask(name ?? '')",
      to: "(name ?? '')",
      test: 'cli/plan/mask',
    },
    {
      name: 'the order of changes tells of the URLs of webhooks',
      from: 'mask(url), desiredIndex',
      to: 'url, desiredIndex',
      test: 'cli/plan/mask',
    },
    {
      name: 'the order of problems tells of values',
      from: '[mask(message), ...desiredIndexes]',
      to: '[message, ...desiredIndexes]',
      test: 'cli/plan/mask',
    },
    {
      name: 'the order of warnings tells of values',
      from: '[mask(message)])',
      to: '[message])',
      test: 'cli/plan/mask',
    },
  ],
  'cli/plan/mask.ts': [
    {
      name: 'a path shows what is left of a value that it changes',
      from: 'join(sink.shownFile)',
      to: 'join(mask(sink.file))',
      test: 'e2e/apply',
    },
    {
      name: 'a value changes what programs go by',
      from: 'if (machine.has(key)) return [key, item]',
      to: '',
      test: 'cli/plan/mask',
    },
    {
      name: 'what a webhook has is shown where it is called like what programs go by',
      from: 'values.has(key) ? maskAll(item, mask) : maskData(item, mask)',
      to: 'maskData(item, mask)',
      test: 'cli/plan/mask',
    },
  ],
  'cli/plan/sinks.ts': [
    {
      name: 'what cannot work is seen only once it is too late',
      from: 'requireWorking(made, file, environment)',
      to: '',
      test: 'e2e/apply',
    },
    {
      name: 'secrets of a sandbox that nobody has asked for are put away',
      from: 'if (!isSandboxUnasked ||',
      to: 'if (isSandboxUnasked ||',
      test: 'e2e/apply',
    },
    {
      name: 'a command in another folder is taken for another place',
      from: "'command' in sink ? { ...sink, folder: '' } :",
      to: "'command' in sink ? { ...sink } :",
      test: 'cli/plan/sinks',
    },
    {
      name: 'a secret is kept from a place that nobody uses',
      from: 'webhook.sink !== null && isMaker(webhook, file)',
      to: 'webhook.sink !== null',
      test: 'cli/plan/sinks',
    },
    {
      name: 'the secrets of two new webhooks share a name',
      from: 'group.filter((each) => each !== owner && put.has(each))',
      to: 'group.filter((each) => owner !== undefined && !put.has(owner) && each !== owner && put.has(each))',
      test: 'cli/plan/sinks',
    },
    {
      name: 'a new secret replaces that of another webhook',
      from: 'group.find((each) => !put.has(each)) ?? group[0]',
      to: 'group[0]',
      test: 'cli/plan/sinks',
    },
    {
      name: 'a link leads to another file',
      from: 'file: toRealPath(sink.file)',
      to: 'file: sink.file',
      test: 'cli/plan/sinks',
    },
    {
      name: 'a secret may have nowhere to go',
      from: 'if (without.length > 0) throw',
      to: 'if (without.length > 1_000) throw',
      test: 'e2e/apply',
    },
    {
      name: 'the secret of a new webhook replaces a variable that has a value',
      from: 'requireFree(changes, file)',
      to: 'requireFree([], file)',
      test: 'e2e/apply',
    },
    {
      name: 'secrets need no gateway that keeps them',
      from: 'if (made.length > 0 && !plan.keepsSecrets) {',
      to: 'if (made.length > 1_000 && !plan.keepsSecrets) {',
      test: 'e2e/apply',
    },
    {
      name: 'secrets need no journal that outlives the command',
      from: 'if (made.length > 0 && !keepsJournal && !isSandbox) {',
      to: 'if (made.length > 1_000 && !keepsJournal && !isSandbox) {',
      test: 'e2e/apply',
    },
  ],
  'cli/file/aliases.ts': [
    {
      name: 'each alias is looked for in the whole file',
      from: '        if (context !== undefined) context.aliasResolveCache = [target, node]\n',
      to: '',
      test: 'cli/file/read',
    },
    {
      name: 'an alias stands for the first node with its anchor',
      from: 'if (node.anchor !== undefined) anchors.set(node.anchor, node)',
      to: 'if (node.anchor !== undefined && !anchors.has(node.anchor)) anchors.set(node.anchor, node)',
      test: 'cli/file/read',
    },
  ],
  'cli/file/desired.ts': [
    {
      name: 'a secret is called after the value of a variable',
      from: "toSecretName(slug, ownName ?? ownUrl.replace(/^https?:\\/\\//, ''))",
      to: "toSecretName(slug, ownName === undefined ? url.replace(/^https?:\\/\\//, '') : (name ?? ''))",
      test: 'cli/file/read',
    },
  ],
  'cli/plan/kept.ts': [
    {
      name: 'who cannot get a secret is told that an apply puts it away',
      from: "missing.length === 0 ? ''",
      to: "missing.length >= 0 ? ''",
      test: 'e2e/apply',
    },
    {
      name: 'who may not read the journal is not told so',
      from: '    onForbidden()\n',
      to: '',
      test: 'e2e/apply',
    },
    {
      name: 'the secrets of other programs are taken',
      from: 'made?.planned === true ? [made] : []',
      to: 'made === undefined ? [] : [made]',
      test: 'e2e/apply',
    },
    {
      name: 'a problem withholds the secret of a killed run',
      from: 'return [...clear, ...unclear]',
      to: 'return [...clear, ...unclear.slice(0, 0)]',
      test: 'e2e/apply',
    },
    {
      name: 'the secret of a half-made replacement replaces that of the webhook that is there',
      from: "ids.length > 1 ? 'which may be meant' : ",
      to: '',
      test: 'e2e/apply',
    },
    {
      name: 'the secrets of a killed run stay in the journal',
      from: 'return kept.map(({ id',
      to: 'return kept.slice(kept.length).map(({ id',
      test: 'e2e/apply',
    },
    {
      name: 'nobody is told of a secret that is lost',
      from: 'secretUntil !== null || secretExpired)',
      to: 'secretUntil !== null)',
      test: 'e2e/apply',
    },
    {
      name: 'a rotation that did not happen withholds a secret',
      from: 'later.filter((entry) => entry.open)',
      to: 'later',
      test: 'e2e/apply',
    },
    {
      name: 'a secret that may not be in use any more is put where it is to go',
      from: 'isDoubtful: open.length > 0',
      to: 'isDoubtful: open.length < 0',
      test: 'e2e/apply',
    },
  ],
  'cli/plan/secrets.ts': [
    {
      name: 'an empty secret is put away',
      from: 'if (!secret) {',
      to: 'if (secret === null) {',
      test: 'e2e/apply',
    },
    {
      name: 'a webhook whose secret did not come passes for one that has none',
      from: 'secret === null && (webhook === undefined || !isMaker(webhook, file))',
      to: 'secret === null',
      test: 'e2e/apply',
    },
    {
      name: 'nobody is told that a secret was rotated while it was put away',
      from: 'entry === undefined || entry.id === entryId',
      to: 'entry?.id !== entryId || entry.id === entryId',
      test: 'e2e/apply',
    },
    {
      name: 'a line about a secret shows the value of a variable',
      from: 'maskSink(describeSink(sink), sink, file.mask)',
      to: 'describeSink(sink)',
      test: 'e2e/apply',
    },
    {
      name: 'the secret of a killed run replaces that of another webhook',
      from: 'sure.flatMap(({ owner }) => toWebhook(owner) ?? [])',
      to: '[]',
      test: 'e2e/apply',
    },
    {
      name: 'a secret stays in the journal beside where it went',
      from: 'if (entryId !== null) await send(AcknowledgeSecretDocument, { entryId }).catch(ignoreFailure)',
      to: 'if (entryId === null) await send(AcknowledgeSecretDocument, { entryId: "" })',
      test: 'e2e/apply',
    },
  ],
  'cli/plan/apply.ts': [
    {
      name: 'an apply goes on although what is left has become something else',
      from: 'return complete && [...open].some((id) => !left.has(id))',
      to: 'return complete && left.size < 0',
      test: 'e2e/apply',
    },
    {
      name: 'a plan that nobody has seen is carried out',
      from: 'if (!options.yes) continue',
      to: 'if (!hasBegun || !options.yes) continue',
      test: 'e2e/apply',
    },
    {
      name: 'a run goes on though a secret could not be put anywhere',
      from: 'if (!isKept) return end(false)\n',
      to: '',
      test: 'e2e/apply',
    },
  ],
  'cli/sink/check.ts': [
    {
      name: 'a secret has nowhere to go because of what is in the way of its file',
      from: 'if (issue !== null || stats === null) return issue',
      to: 'if (stats === null) return null',
      test: 'cli/sink/check',
    },
    {
      name: 'a pipe without a path is taken for a file that is yet to be made',
      from: 'look(file)',
      to: 'look(path)',
      test: 'cli/sink/check',
    },
    {
      name: 'a secret is written into a file of another kind',
      from: 'isAllowed(path, R_OK) ? findVariableIssue(file, name)',
      to: 'isAllowed(path, R_OK) ? null',
      test: 'cli/sink/check',
    },
    {
      name: 'a folder is taken for a file of secrets',
      from: 'if (stats?.isFile() === false)',
      to: 'if (stats === undefined)',
      test: 'cli/sink/check',
    },
    {
      name: 'a program without the right to be run is taken for one',
      from: 'isAllowed(place, X_OK)',
      to: 'isAllowed(place, R_OK)',
      test: 'cli/sink/check',
    },
  ],
  'cli/client/connect.ts': [
    {
      name: 'a token for a server that is not named asks the sandbox',
      from: 'if (own === undefined) return null',
      to: 'if (own !== undefined) return null',
      test: 'e2e/apply',
    },
  ],
  'cli/plan/settle.ts': [
    {
      name: 'what can be proven by now is not looked at',
      from: 'isSettled = (await lookAgain(id, client)) || isSettled',
      to: 'isSettled = id === client.toString()',
      test: 'e2e/apply',
    },
  ],
  'cli/plan/agree.ts': [
    {
      name: 'a URL is chosen in one spelling only',
      from: ' || toHref(word) === toHref(url)',
      to: '',
      test: 'e2e/apply',
    },
    {
      name: 'nothing is changed before everything is settled',
      from: "plan.problems.some(({ code }) => code !== 'UNSETTLED')",
      to: 'plan.problems.length > 0',
      test: 'e2e/apply',
    },
    {
      name: 'nobody is asked',
      from: 'if (yes) return chosen',
      to: 'if (!force) return chosen',
      test: 'e2e/apply',
    },
  ],
  'cli/client/remote.ts': [
    {
      name: 'a body without an end is waited for',
      from: 'if (bytes > limits.bytes) throw',
      to: 'if (bytes < 0) throw',
      test: 'cli/client/remote',
    },
    {
      name: 'an answer without an end is waited for',
      from: 'setTimeout(() => ending.abort(), timeoutMs)',
      to: 'setTimeout(() => ending.abort(), timeoutMs * 10)',
      test: 'cli/client/remote',
    },
    {
      name: 'the token goes where a redirect leads',
      from: "redirect: 'manual'",
      to: "redirect: 'follow'",
      test: 'e2e/pull',
    },
    {
      name: 'a lost response ends the run',
      from: 'const pausesMs = [500, 2_000]',
      to: 'const pausesMs: readonly number[] = []',
      test: 'e2e/apply',
    },
  ],
}
