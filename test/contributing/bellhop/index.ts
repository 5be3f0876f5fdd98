import { bearer } from '../../../src/provider/authentication.ts'
import { optional, required } from '../../../src/provider/fields.ts'
import { creates, deletes, gets, lists, updates } from '../../../src/provider/plain.ts'
import { defineProvider } from '../../../src/provider/provider.ts'
import { secretLost, sendsAtOnce, unsupported } from '../../../src/provider/unsupported.ts'
import { createBellhopApi, readFailure } from './api.ts'
import * as convert from './convert.ts'
import { details, options } from './convert.ts'
import { sandbox } from './sandbox.ts'

export const bellhop = defineProvider({
  name: 'bellhop',
  displayName: 'Bellhop',
  docsUrl: 'https://docs.bellhop.example/hooks',
  authentication: bearer,
  baseUrl: 'https://api.bellhop.example/v1',
  environment: { token: 'HOOKQL_BELLHOP_TOKEN', baseUrl: 'HOOKQL_BELLHOP_BASE_URL' },
  rates: [{ calls: 10, perMs: 1_000, per: 'account' }],
  rateLimitDelayMs: 1_000,
  limits: { maxWebhooks: 50, receiverTimeoutMs: 10_000, deliveryRetries: null, note: null },
  signature: null,
  connect: createBellhopApi,
  readFailure,
  options,
  details,
  operations: {
    LIST: lists(convert),
    GET: gets(convert),
    CREATE: creates(convert, 'At most 50 webhooks per account.'),
    UPDATE: updates(convert),
    DELETE: deletes(),
    VERIFY: sendsAtOnce,
    ROTATE_SECRET: unsupported('Bellhop has no rotation. Create a new webhook, and delete this one.'),
    TEST: unsupported('Bellhop documents no test event.'),
    LIST_DELIVERIES: unsupported('Bellhop documents no delivery log.'),
    REDELIVER: unsupported('Bellhop documents no way to resend an event.'),
  },
  recovery: secretLost,
  fields: {
    name: required("Stored as Bellhop's label."),
    url: required(),
    eventTypes: required('An update replaces the whole list.'),
    enabled: optional(),
  },
  eventTypes: {
    known: [
      { name: 'bag.checked', description: 'A bag was checked in.' },
      { name: 'bag.collected', description: 'A bag was collected.' },
    ],
    closed: true,
  },
  sandbox,
})
