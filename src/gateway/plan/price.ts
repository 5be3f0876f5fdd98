import type { Change } from '../../plan/change.ts'
import { canBeDesired } from '../../plan/desired.ts'
import { toLabel } from '../../plan/plan.ts'
import type { Foreseen, Provider } from '../../provider/provider.ts'
import type { Options } from '../../provider/fields.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { Warning } from '../../webhook.ts'
import { toCreateInput, toUpdateInput } from '../input.ts'
import { boundOperation } from '../write/bound.ts'
import { shownMarks } from '../write/proof.ts'
import type { PlannedChange } from './planned.ts'
import { toCreateFields, toUpdateFields } from './work.ts'

export function priceChange(provider: Provider, change: Change): PlannedChange {
  const { desired, isMoved } = change
  return {
    ...change,
    ...toLabel(change),
    desiredIndex: desired?.index ?? null,
    warnings: [...(isMoved ? [idChanged] : []), ...foresee(provider, change)],
    calls: countCalls(provider, change),
  }
}

function foresee(provider: Provider, change: Change): readonly Warning[] {
  const ask = (write: Foreseen<Options>) => provider.foresee?.(write) ?? []
  const create = () =>
    ask({ operation: 'CREATE', input: { ...toCreateInput(provider, toCreateFields(provider, change)), ...shownMarks } })
  switch (change.kind) {
    case 'CREATE':
      return create()
    case 'UPDATE':
      return ask({
        operation: 'UPDATE',
        input: toUpdateInput(provider, change.webhook?.upstreamId ?? '', toUpdateFields(provider, change)),
      })
    case 'REPLACE':
      return [newSigningSecret, ...listUnseen(provider), ...create(), ...ask({ operation: 'DELETE' })]
    case 'DELETE':
      return ask({ operation: 'DELETE' })
    case 'UNMANAGED':
      return change.webhook !== null && !canBeDesired(change.webhook) ? [notManageable] : []
    case 'NONE':
      return []
  }
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

const notManageable: Warning = {
  code: 'NOT_MANAGEABLE',
  message:
    'It does not send to an https URL without a user name and password, so it cannot be desired. It is never deleted by a plan.',
}

const newSigningSecret: Warning = {
  code: 'NEW_SIGNING_SECRET',
  message:
    'The new webhook has a signing secret of its own unless you give one. The receiver must accept both until the old webhook is gone.',
}
