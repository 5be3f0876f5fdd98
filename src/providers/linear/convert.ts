import * as z from 'zod'
import { toUnreadableWarnings } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { Created, CreateInput, UpdateInput } from '../../provider/operations.ts'
import { unsupported } from '../../provider/unsupported.ts'
import { ownSecret, toOwnSecret } from '../../provider/own-secret.ts'
import type { Secret } from '../../secret.ts'
import type { Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireCreate, WireCreated } from './api.ts'

const fixed = unsupported('Linear cannot change it. Create a new webhook, and delete this one.')

export const options = {
  secret: ownSecret,
  teamId: {
    onCreate: 'OPTIONAL',
    onUpdate: fixed,
    type: 'String',
    description: 'ID or key of the only team whose events are sent, e.g. ENG, up to 256 characters.',
    shape: z.string().min(1).max(256),
  },
  allPublicTeams: {
    onCreate: 'OPTIONAL',
    onUpdate: fixed,
    type: 'Boolean',
    description: 'Whether events of all public teams are sent, new teams included. Defaults to true if there is no teamId.',
  },
} as const satisfies OptionStatements

export const details = {
  teamId: {
    type: 'String',
    description: 'ID of the only team whose events are sent. Null if there is none or it could not be read.',
  },
  allPublicTeams: {
    type: 'Boolean',
    description: 'Whether events of all public teams are sent. Null if it could not be read.',
  },
  creatorId: { type: 'String', description: 'ID of the Linear user who created the webhook, if reported.' },
  archivedAt: { type: 'DateTime', description: 'When the webhook was archived. Null if it was not.' },
} as const satisfies DetailStatements

type LinearDetails = DetailsOf<typeof details>
export type LinearWebhook = Webhook<LinearDetails>
export type LinearCreate = CreateInput<OptionsOf<typeof options>>
export type LinearUpdate = UpdateInput<OptionsOf<typeof options>>

export function toWebhook(wire: KnownWebhook): LinearWebhook {
  return {
    upstreamId: wire.id,
    name: wire.label,
    url: wire.url,
    enabled: wire.enabled,
    status: wire.enabled ? 'ACTIVE' : 'DISABLED',
    eventTypes: wire.resourceTypes,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    secretHint: null,
    raw: wire.raw,
    details: {
      teamId: wire.team?.id ?? null,
      allPublicTeams: wire.allPublicTeams,
      creatorId: wire.creator?.id ?? null,
      archivedAt: wire.archivedAt,
    },
  }
}

/** The ID and the secret are chosen here, so that both are known before the request and regardless of its outcome. */
export function toCreate(input: LinearCreate): WireCreate {
  const { key, options } = input
  const { teamId, allPublicTeams = teamId === undefined ? true : undefined } = options
  return { ...toChanges(input), id: key, secret: toSecret(input).reveal(), teamId, allPublicTeams }
}

export function toSecret(input: LinearCreate): Secret {
  return toOwnSecret(input, 'lin_wh_')
}

/** Without undefined fields. */
export function toChanges({ url, name, enabled, eventTypes, options }: LinearCreate | LinearUpdate): WireChanges {
  return { url, label: name === '' ? undefined : name, enabled, resourceTypes: eventTypes, secret: options.secret }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, input: LinearCreate): Created<LinearDetails> {
  return {
    webhook: toWebhook({ ...wire, url: wire.url ?? input.url, enabled: wire.enabled ?? input.enabled }),
    signingSecret: toSecret(input),
    warnings: toUnreadableWarnings('Linear', wire.unreadable),
  }
}
