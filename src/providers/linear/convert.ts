import * as z from 'zod'
import { toMade, toReported } from '../../provider/answers.ts'
import type { DetailStatements, DetailsOf, OptionStatements, OptionsOf } from '../../provider/fields.ts'
import type { CreateInput, WriteInput } from '../../provider/operations.ts'
import { ownSecret, toChosenSecret, toOwnSecret } from '../../provider/own-secret.ts'
import { unsupported } from '../../provider/unsupported.ts'
import type { Secret } from '../../secret.ts'
import type { Webhook } from '../../webhook.ts'
import type { KnownWebhook, WireChanges, WireCreate, WireCreated } from './api.ts'

const fixed = unsupported('Linear cannot change it. Create a new webhook, and delete this one.')

export const options = {
  secret: ownSecret,
  teamId: {
    onUpdate: fixed,
    type: 'String',
    isReworded: true,
    alternative: 'allPublicTeams',
    description: 'ID or key of the only team whose events are sent, e.g. ENG, up to 256 characters.',
    shape: z.string().min(1).max(256),
  },
  allPublicTeams: {
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

type LinearOptions = OptionsOf<typeof options>
export type LinearCreate = CreateInput<LinearOptions>

export function toWebhook(wire: KnownWebhook): Webhook<DetailsOf<typeof details>> {
  return toReported({
    upstreamId: wire.id,
    name: wire.label,
    url: wire.url,
    enabled: wire.enabled,
    eventTypes: wire.resourceTypes,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    raw: wire.raw,
    details: {
      teamId: wire.team?.id ?? null,
      allPublicTeams: wire.allPublicTeams,
      creatorId: wire.creator?.id ?? null,
      archivedAt: wire.archivedAt,
    },
  })
}

/** The ID and the secret are chosen here, so that both are known before the request and regardless of its outcome. */
export function toBody(input: LinearCreate): WireCreate {
  const { key, options } = input
  const { teamId, allPublicTeams = teamId === undefined ? true : undefined } = options
  return { ...toChanges(input), id: key, secret: toSecret(input), teamId, allPublicTeams }
}

export function toSecret(input: LinearCreate): Secret {
  return toOwnSecret(input, 'lin_wh_')
}

/** Without undefined fields. */
export function toChanges({ url, name, enabled, eventTypes, options }: WriteInput<LinearOptions>): WireChanges {
  return { url, label: name === '' ? undefined : name, enabled, resourceTypes: eventTypes, secret: toChosenSecret(options) }
}

/** The result of a create; unreadable parts of the response take the requested values. */
export function toCreated(wire: WireCreated, input: LinearCreate) {
  const known = { url: wire.url ?? input.url, enabled: wire.enabled ?? input.enabled }
  return toMade(toWebhook({ ...wire, ...known }), toSecret(input), wire)
}
