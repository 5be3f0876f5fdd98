import type { Mutations } from './mutation.ts'

/** How each provider is read and written. */
export const providers: Mutations = {
  'provider/cursor-pages.ts': [
    {
      name: 'a list ends after a webhook without a readable ID',
      from: 'if (has_more && last === null) {',
      to: 'if (has_more === null) {',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a page whose start was deleted is not found',
      from: 'throw isGone ? new ShiftedListError(',
      to: 'throw isGone && after === null ? new ShiftedListError(',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a webhook without a readable ID hides the one before it',
      from: 'items.at(-1)',
      to: 'items.at(0)',
      test: 'providers/stripe/stripe',
    },
  ],
  'provider/attempts.ts': [
    {
      name: 'attempts for one event are deliveries each',
      from: '({ eventId }) => eventId',
      to: '({ upstreamId }) => upstreamId',
      test: 'providers/baanx/operations',
    },
    {
      name: 'an event that the log lacks is resent',
      from: 'if (delivery === undefined) throw new NotFoundError(missing)',
      to: 'if (delivery === undefined) return 1',
      test: 'providers/github/github',
    },
  ],
  'provider/plain.ts': [
    {
      name: 'a replacement switches on',
      from: 'eventTypes: eventTypes ?? undefined, enabled, options }',
      to: 'eventTypes: eventTypes ?? undefined, enabled: true, options }',
      test: 'schema/rotation',
    },
  ],
  'provider/recovery.ts': [
    {
      name: 'any options read as asked',
      from: 'return Array.isArray(shown) && ',
      to: 'if (shown !== undefined) return true\n  return Array.isArray(shown) && ',
      test: 'gateway/write/late',
    },
    {
      name: 'an option without a detail counts as not in effect',
      from: "if (shown === undefined) return 'UNTOLD'",
      to: 'if (shown === undefined) return false',
      test: 'gateway/write/untold',
    },
  ],
  'provider/disable.ts': [
    {
      name: 'a webhook that still sends counts as disabled',
      from: 'return { webhook, warning: webhook.enabled ? stillSending : null, isInDoubt: false }',
      to: 'return { webhook, warning: null, isInDoubt: false }',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a failure of the second call of a create loses the secret',
      from: '    if (!(error instanceof WebhookError)) throw error\n    const isInDoubt',
      to: '    if (error instanceof WebhookError) throw error\n    const isInDoubt',
      test: 'providers/encrata/encrata',
    },
    {
      name: 'a second call that was lost is told as failed',
      from: 'const webhook = isInDoubt ? await readBack(read) : created',
      to: 'const webhook = created',
      test: 'providers/encrata/encrata',
    },
  ],
  'providers/baanx/api.ts': [
    {
      name: 'the mark of a create is shown in what Baanx sent',
      from: 'w.wireHarmless(w.wireJsonObject, withoutMark)',
      to: 'w.wireHarmless(w.wireJsonObject)',
      test: 'gateway/write/recovery',
    },
    {
      name: 'the key of a webhook is shown in what Baanx sent',
      from: 'wireRecord.extend({ apiKey: w.wireSecret })',
      to: 'wireRecord.extend({ apiKey: w.wireHarmless(w.wireSecret) })',
      test: 'security/canary',
    },
    {
      name: "a framework's 404 is the word of Baanx",
      from: '(status === 404 ? wireNotFound : wireFailure)',
      to: 'wireFailure',
      test: 'gateway/write/foreign',
    },
    {
      name: 'a full account is a rejected call',
      from: 'return findLimit(/^Maximum webhook limit \\((\\d{1,6})\\)/, message)',
      to: 'return undefined',
      test: 'providers/baanx/baanx',
    },
    {
      name: 'webhooks that are not set up are a failing server',
      from: "return /not configured/i.test(message) ? { kind: 'NOT_CONFIGURED' } : undefined",
      to: 'return undefined',
      test: 'providers/baanx/baanx',
    },
    {
      name: 'a wrong client key is a rejected call',
      from: '    case 498:\n',
      to: '',
      test: 'providers/baanx/baanx',
    },
  ],
  'providers/baanx/convert.ts': [
    {
      name: 'the mark of a create is shown in its metadata',
      from: 'metadata: wire.metadata && withoutMark(wire.metadata)',
      to: 'metadata: wire.metadata',
      test: 'gateway/write/recovery',
    },
    {
      name: 'a key that arrives whole is its own mask',
      from: 'return `whk_****...****${apiKey.slice(-4)}`',
      to: 'return apiKey',
      test: 'gateway/write/recovery',
    },
    {
      name: 'a create has no mark',
      from: '[markKey]: input.proof',
      to: '',
      test: 'gateway/write/recovery',
    },
    {
      name: 'the metadata of a create is lost',
      from: '{ ...input.options.metadata, [markKey]',
      to: '{ [markKey]',
      test: 'gateway/write/recovery',
    },
    {
      name: 'a caller may set the mark',
      from: '      .refine((value) => !Object.hasOwn(value, markKey), `The key ${markKey} is reserved. Use another key.`),\n',
      to: ',\n',
      test: 'gateway/write/recovery',
    },
    {
      name: 'an update writes what it was not asked for',
      from: 'is_active: enabled,',
      to: 'is_active: enabled ?? true,',
      test: 'gateway/write/turns',
    },
  ],
  'providers/baanx/index.ts': [
    {
      name: 'a recovered create shows the mask of the dead key',
      from: 'recover: async (api, { upstreamId }, input) => toCreated(await api.rotate(upstreamId), input, upstreamId),',
      to: 'recover: async (api, webhook, input) => ({\n      ...toCreated(await api.rotate(webhook.upstreamId), input, webhook.upstreamId),\n      webhook,\n    }),',
      test: 'gateway/write/recovery',
    },
    {
      name: 'an event is not looked for by its record',
      from: 'if (event === undefined) throw error',
      to: 'if (event !== null) throw error',
      test: 'providers/baanx/operations',
    },
    {
      name: 'a redelivery that failed is tried by the other id',
      from: 'if (!(error instanceof NotFoundError)) throw error',
      to: '',
      test: 'providers/baanx/operations',
    },
  ],
  'providers/encrata/api.ts': [
    {
      name: "a framework's 404 is the word of Encrata",
      from: '(status === 404 ? wireNotFound : wireFailure)',
      to: 'wireFailure',
      test: 'gateway/write/foreign',
    },
    {
      name: 'a duplicate URL is a duplicate name',
      from: "meaning: { kind: 'CONFLICT', field: 'url' }",
      to: "meaning: { kind: 'CONFLICT', field: 'name' }",
      test: 'providers/encrata/encrata',
    },
  ],
  'providers/encrata/convert.ts': [
    {
      name: 'an update loses the event types',
      from: 'events: eventTypes ?? wire.events',
      to: 'events: eventTypes ?? []',
      test: 'providers/encrata/conformance',
    },
    {
      name: 'an update loses the name',
      from: 'description: name ?? wire.description ?? undefined',
      to: 'description: name',
      test: 'providers/encrata/conformance',
    },
    {
      name: 'an update switches on',
      from: 'is_active: enabled ?? wire.is_active',
      to: 'is_active: enabled ?? true',
      test: 'gateway/write/turns',
    },
  ],
  'providers/encrata/index.ts': [
    {
      name: 'a deletion does not foresee what is lost',
      from: "  if (write.operation === 'DELETE') return [losesDeliveries]\n",
      to: '',
      test: 'providers/encrata/operations',
    },
  ],
  'providers/fingerprint/convert.ts': [
    {
      name: 'a webhook that is not verified is active',
      from: "return verified ? 'ACTIVE' : 'PENDING_VERIFICATION'",
      to: "return verified ? 'ACTIVE' : 'ACTIVE'",
      test: 'schema/rotation',
    },
    {
      name: 'an environment that could not be read is all of them',
      from: 'details.environmentId === null && !forAll.safeParse(raw?.read()).success',
      to: 'raw === undefined',
      test: 'providers/fingerprint/fingerprint',
    },
    {
      name: 'a legacy webhook is replaced',
      from: "  if (legacy) return unsupported('this is a legacy webhook, and the Management API cannot create another one.')\n",
      to: '',
      test: 'providers/fingerprint/fingerprint',
    },
    {
      name: 'a replacement is for all environments',
      from: 'toTwinWith({ environmentId }, webhook)',
      to: 'toTwinWith({}, webhook)',
      test: 'providers/fingerprint/fingerprint',
    },
    {
      name: 'a missing key is not warned of',
      from: 'key === null ? [noKey] : []',
      to: '[]',
      test: 'providers/fingerprint/fingerprint',
    },
    {
      name: 'a URL that is to be verified is not warned of',
      from: '  if (verified) return []\n',
      to: '  return []\n',
      test: 'gateway/write/foreseen',
    },
  ],
  'providers/fingerprint/api.ts': [
    {
      name: 'violations mean the same with any status',
      from: 'status === 400 || status === 422 ? toInvalidInput',
      to: 'status !== 0 ? toInvalidInput',
      test: 'providers/fingerprint/fingerprint',
    },
    {
      name: 'only the first page is read',
      from: 'next: pagination.next_cursor ?? pagination.nextCursor ?? null',
      to: 'next: null',
      test: 'providers/fingerprint/fingerprint',
    },
    {
      name: 'older pages end the list',
      from: 'pagination.next_cursor ?? pagination.nextCursor ?? null',
      to: 'pagination.next_cursor ?? null',
      test: 'providers/fingerprint/fingerprint',
    },
  ],
  'providers/fingerprint/index.ts': [
    {
      name: 'one that is verified is verified again',
      from: '  if (await api.isVerified(upstreamId)) return false\n',
      to: '',
      test: 'providers/fingerprint/fingerprint',
    },
  ],
  'provider/answers.ts': [
    {
      name: 'a change that a response does not show was made',
      from: 'if (!showsAsked(shown, asked))',
      to: 'if (shown === null)',
      test: 'providers/github/github',
    },
    {
      name: 'a webhook that is off is active',
      from: "status = enabled ? 'ACTIVE' : 'DISABLED'",
      to: "status = 'ACTIVE'",
      test: 'providers/baanx/conformance',
    },
    {
      name: 'an update starts from another webhook',
      from: 'if (wire.id !== id) throw',
      to: 'if (wire.id === null) throw',
      test: 'provider/answers',
    },
    {
      name: 'half an update has failed',
      from: 'throw new OutcomeUnknownError(`${done} ',
      to: 'if (done !== null) throw error\n    throw new OutcomeUnknownError(`${done} ',
      test: 'providers/github/github',
    },
    {
      name: 'an update that cannot be read back has failed',
      from: '    if (error instanceof WebhookError) return null\n',
      to: '',
      test: 'providers/encrata/encrata',
    },
    {
      name: 'a test that could not be read back has failed',
      from: '    if (error instanceof WebhookError) return null\n',
      to: '',
      test: 'providers/fingerprint/fingerprint',
    },
  ],
  'providers/shopify/api.ts': [
    {
      name: 'a shop or version that is not there is a webhook that is not there',
      from: "if (status === 404) return { kind: 'REJECTED' }",
      to: '',
      test: 'providers/shopify/shopify',
    },
    {
      name: 'a URL in use is wrong input',
      from: "says('Address for this topic has already been taken')",
      to: 'false',
      test: 'providers/shopify/shopify',
    },
  ],
  'providers/shopify/convert.ts': [
    {
      name: 'an update drops the filter',
      from: '...(filter !== null && { filter })',
      to: '...(filter === undefined && { filter })',
      test: 'providers/shopify/shopify',
    },
    {
      name: 'an update drops the name',
      from: 'name: name ?? wire.name ?? undefined',
      to: 'name',
      test: 'providers/shopify/shopify',
    },
    {
      name: 'a create without a name has an empty one',
      from: "name: name === '' ? undefined : name",
      to: 'name',
      test: 'providers/shopify/shopify',
    },
  ],
  'providers/linear/api.ts': [
    {
      name: 'the secret of a webhook at Linear is selected',
      from: 'graphql`id label url enabled',
      to: 'graphql`id secret label url enabled',
      test: 'providers/linear/linear',
    },
    {
      name: 'a list of Linear ends after its first page',
      from: 'first: 100, after: $after',
      to: 'first: 100, before: $after',
      test: 'providers/linear/conformance',
    },
    {
      name: 'the webhooks of OAuth applications are unreadable',
      from: 'wireRead.extend({ url: w.wireText.nullable() })',
      to: 'wireRead.extend({ url: w.wireText })',
      test: 'providers/linear/linear',
    },
    {
      name: 'an error of Linear that nobody knows is a refusal',
      from: "return { kind: 'SERVER_ERROR' }",
      to: "return { kind: 'REJECTED' }",
      test: 'providers/linear/linear',
    },
    {
      name: 'a quoted text says that a webhook is gone',
      from: '/^(?:Could not find',
      to: '/(?:Could not find',
      test: 'providers/linear/linear',
    },
    {
      name: 'a team that is not there is a webhook that is not there',
      from: "if (missing === 'Webhook')",
      to: 'if (missing !== undefined)',
      test: 'providers/linear/linear',
    },
  ],
  'providers/linear/convert.ts': [
    {
      name: 'Linear chooses the ID of a webhook',
      from: 'id: key, ',
      to: 'id: crypto.randomUUID(), ',
      test: 'providers/linear/linear',
    },
    {
      name: 'a webhook without a team is for all public teams in any case',
      from: 'teamId === undefined ? true : undefined',
      to: 'true',
      test: 'providers/linear/linear',
    },
  ],
  'providers/linear/index.ts': [
    {
      name: 'a personal key of Linear is a bearer token',
      from: '{ ...bearer, bare: /^lin_api_/ }',
      to: 'bearer',
      test: 'providers/linear/client',
    },
    {
      name: 'a rotation at Linear shows the time of the change before it',
      from: '{ ...before, updatedAt: null, raw: null }',
      to: 'before',
      test: 'providers/linear/linear',
    },
  ],
  'providers/stripe/api.ts': [
    {
      name: 'the secret of a webhook is shown in what Stripe sent',
      from: 'wireRecord.extend({ secret: w.wireSecret })',
      to: 'wireRecord.extend({ secret: w.wireHarmless(w.wireSecret) })',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a create has no key',
      from: "headers: { 'idempotency-key': key },",
      to: 'headers: {},',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a path that Stripe does not know is a webhook that is gone',
      from: "error.code === 'resource_missing' ? 'NOT_FOUND' : 'REJECTED'",
      to: "'NOT_FOUND'",
      test: 'providers/stripe/stripe',
    },
    {
      name: 'each conflict is a repeat under way',
      from: "isRepeat ? 'IN_PROGRESS' : 'REJECTED'",
      to: "'IN_PROGRESS'",
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a key with other parameters says that nothing was carried out',
      from: 'return status === 400 && !isRepeat ? ',
      to: 'return status === 400 ? ',
      test: 'providers/stripe/stripe',
    },
  ],
  'providers/stripe/convert.ts': [
    {
      name: 'empty metadata removes all of it',
      from: 'return Object.keys(metadata).length === 0 ? undefined : metadata',
      to: 'return metadata',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a webhook of an application is copied',
      from: '  if (application !== null) {',
      to: '  if (application === undefined) {',
      test: 'providers/stripe/stripe',
    },
    {
      name: 'a copy has the version of the account',
      from: '...(apiVersion !== null && { apiVersion }), ',
      to: '',
      test: 'providers/stripe/stripe',
    },
  ],
  'providers/stripe/index.ts': [
    {
      name: 'a create without a response is not sent again',
      from: "repeats({ comesTo: 'REPLAYED', holdsMs: 24 * 3_600_000 }, createsEnabled('Stripe', convert, disable))",
      to: "createsEnabled('Stripe', convert, disable)",
      test: 'providers/stripe/stripe',
    },
  ],
  'providers/verifik/api.ts': [
    {
      name: "a framework's 404 is the word of Verifik",
      from: '  if (status === 404 && code === undefined) return null\n',
      to: '',
      test: 'gateway/write/foreign',
    },
    {
      name: 'one word alone is an error of Verifik',
      from: '.length > 1)',
      to: '.length > 0)',
      test: 'providers/verifik/verifik',
    },
    {
      name: 'a deletion is whatever is answered',
      from: 'z.object({ success }).transform(() => undefined)',
      to: 'z.unknown().transform(() => undefined)',
      test: 'providers/verifik/verifik',
    },
    {
      name: 'a duplicate name is a rejected call',
      from: "  ['WEBHOOK_NAME_EXISTS', { kind: 'CONFLICT', field: 'name' }],\n",
      to: '',
      test: 'providers/verifik/verifik',
    },
    {
      name: 'a total is not read',
      from: 'total: pagination?.total ?? null',
      to: 'total: null',
      test: 'gateway/shifting',
    },
  ],
  'providers/verifik/convert.ts': [
    {
      name: 'a secret that was updated is not compared',
      from: ', secret: secret?.reveal() }, others)',
      to: ', secret: others.secret }, others)',
      test: 'faults/faults',
    },
    {
      name: 'project flows that are to be unlinked are not looked for',
      from: ' && !unlink.some((id) => ids.includes(id))',
      to: '',
      test: 'gateway/write/untold',
    },
    {
      name: 'project flows that are to be linked are not looked for',
      from: 'link.every((id) => ids.includes(id)) && ',
      to: '',
      test: 'gateway/write/untold',
    },
    {
      name: 'a description that was updated is not looked at',
      from: "showsDetails({ description: description === null ? '' : description,",
      to: 'showsDetails({ description: others.description,',
      test: 'gateway/write/untold',
    },
    {
      name: 'what Verifik does not show counts as not in effect',
      from: "projectFlow === undefined ? 'UNTOLD' : isLinked(projectFlow)",
      to: 'isLinked(projectFlow ?? [])',
      test: 'gateway/write/untold',
    },
    {
      name: 'event types that were not confirmed are not warned of',
      from: "eventTypes !== undefined && wire.events === null ? [eventTypesUnconfirmed('Verifik')] : []",
      to: '[]',
      test: 'providers/verifik/verifik',
    },
    {
      name: 'another secret than was sent is not warned of',
      from: "options.secret !== undefined && isOther ? [secretUnconfirmed('Verifik')] : []",
      to: '[]',
      test: 'providers/verifik/verifik',
    },
  ],
  'providers/github/api.ts': [
    {
      name: 'a secret that a read of GitHub has in clear is shown',
      from: '  secret: z.string().nullish(),\n',
      to: '  secret: w.wireText.nullish(),\n',
      test: 'providers/github/github',
    },
    {
      name: 'a rate limit of GitHub is a missing permission',
      from: "status === 403 && isLimited ? { kind: 'RATE_LIMITED' as const }",
      to: "status === 0 && isLimited ? { kind: 'RATE_LIMITED' as const }",
      test: 'providers/github/github',
    },
    {
      name: 'a full event of GitHub is a rejected call',
      from: "findLimit(/cannot have more than (\\d{1,6}) hooks/, texts, 'webhooks for one event type') ??\n    ",
      to: '',
      test: 'providers/github/github',
    },
  ],
  'providers/github/index.ts': [
    {
      name: 'ids of deliveries are rounded',
      from: '  exactIntegers: true,\n',
      to: '',
      test: 'providers/github/github',
    },
    {
      name: 'half an update of GitHub has failed',
      from: 'isConfigured ? afterAnother(second, done) : second',
      to: 'second',
      test: 'providers/github/github',
    },
  ],
  'provider/own-secret.ts': [
    {
      name: 'a secret in clear is its own mask',
      from: 'secret?.match(/^\\*+$/)?.[0] ?? null',
      to: 'secret ?? null',
      test: 'providers/github/github',
    },
    {
      name: 'a secret that a response does not show is confirmed',
      from: 'isExpected && !isShown ? [secretUnconfirmed(displayName)] : []',
      to: 'isExpected && !isShown ? [] : []',
      test: 'providers/github/github',
    },
    {
      name: 'every create has the same secret',
      from: 'new Secret(options.secret ?? `${prefix}${proof}`)',
      to: 'new Secret(options.secret ?? `${prefix}always-the-same`)',
      test: 'gateway/write/recovery',
    },
    {
      name: 'a rotation makes a secret that can be guessed',
      from: "createSecret: () => `${prefix}${randomBytes(32).toString('base64url')}`",
      to: 'createSecret: () => `${prefix}0123456789abcdef`',
      test: 'schema/rotation',
    },
  ],
  'providers/verifik/index.ts': [
    {
      name: 'the secret that proves a create does not',
      from: 'return secret?.startsWith(prefix) === true ? secret.slice(prefix.length) : null',
      to: 'return secret ?? null',
      test: 'gateway/write/recovery',
    },
  ],
}
