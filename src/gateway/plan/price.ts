import type { Change } from '../../plan/change.ts'
import { toLabel } from '../../plan/plan.ts'
import type { Foreseen, Provider } from '../../provider/provider.ts'
import type { Options } from '../../provider/fields.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { Warning } from '../../webhook.ts'
import { toCreateInput, toUpdateInput } from '../input.ts'
import { boundOperation } from '../write/bound.ts'
import { shownMarks } from '../write/proof.ts'
import type { AskedPlan } from './input.ts'
import type { Begun, PlannedChange } from './planned.ts'
import { toCreateFields, toUpdateFields } from './work.ts'

export function priceChange(
  provider: Provider,
  change: Change,
  findObstacle: AskedPlan['findObstacle'],
  begun?: Begun,
): PlannedChange {
  const { desired, isMoved } = change
  const foreseen = [...(begun === undefined ? [] : [toBegun(begun)]), ...foresee(provider, change, findObstacle)]
  return {
    ...change,
    ...toLabel(change),
    desiredIndex: desired?.index ?? null,
    warnings: isMoved ? [idChanged, ...foreseen] : foreseen,
    calls: countCalls(provider, change),
    ...(begun && { begun }),
  }
}

function foresee(provider: Provider, change: Change, findObstacle: AskedPlan['findObstacle']): readonly Warning[] {
  switch (change.kind) {
    case 'CREATE':
      return foreseeCreate(provider, change)
    case 'UPDATE':
      return ask(provider, {
        operation: 'UPDATE',
        input: toUpdateInput(provider, change.webhook?.upstreamId ?? '', toUpdateFields(provider, change)),
      })
    case 'REPLACE':
      return [
        newSigningSecret,
        ...listUnseen(provider),
        ...foreseeCreate(provider, change),
        ...ask(provider, { operation: 'DELETE' }),
      ]
    case 'DELETE':
      return ask(provider, { operation: 'DELETE' })
    case 'UNMANAGED':
      return toNotManageable(change.webhook === null ? undefined : findObstacle(provider, change.webhook))
    case 'NONE':
      return []
  }
}

function foreseeCreate(provider: Provider, change: Change): readonly Warning[] {
  const input = { ...toCreateInput(provider, toCreateFields(provider, change)), ...shownMarks }
  return ask(provider, { operation: 'CREATE', input })
}

function ask(provider: Provider, write: Foreseen<Options>): readonly Warning[] {
  return provider.foresee?.(write) ?? []
}

function listUnseen({ operations: { ROTATE_SECRET: rotation } }: Provider): readonly Warning[] {
  if (isUnsupported(rotation) || rotation.strategy !== 'REPLACEMENT' || rotation.unseen === undefined) return []
  return [{ code: 'SETTINGS_NOT_SHOWN', message: rotation.unseen }]
}

function countCalls(provider: Provider, { kind }: Change): number {
  const count = (operation: 'LIST' | 'CREATE' | 'UPDATE' | 'DELETE') => boundOperation(provider, operation, 0).calls
  switch (kind) {
    case 'CREATE':
    case 'UPDATE':
    case 'DELETE':
      return count(kind)
    case 'REPLACE':
      return count('CREATE') + count('LIST') + count('DELETE') + (provider.fields.name.isUnique === true ? count('UPDATE') : 0)
    case 'UNMANAGED':
    case 'NONE':
      return 0
  }
}

const idChanged: Warning = {
  code: 'ID_CHANGED',
  message:
    'No webhook of the account has the given ID any more, so it was looked up by its name or URL. Correct the ID, or remove it.',
}

function toNotManageable(obstacle: string | undefined): readonly Warning[] {
  if (obstacle === undefined) return []
  const message = `It cannot be desired, so no plan deletes it. Its URL or ID is refused: ${obstacle}`
  return [{ code: 'NOT_MANAGEABLE', message }]
}

function toBegun({ twin }: Begun): Warning {
  const message = `An earlier apply has created the new webhook already: ${twin.id}. Only the old one is still to be deleted.`
  return { code: 'REPLACEMENT_BEGUN', message }
}

const newSigningSecret: Warning = {
  code: 'NEW_SIGNING_SECRET',
  message:
    'The new webhook has a signing secret of its own unless you give one. The receiver must accept both until the old webhook is gone.',
}
