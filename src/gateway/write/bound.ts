import type { Operation } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { countCalls } from '../../provider/unsupported.ts'
import { boundRemove, boundUpdate } from './change.ts'
import { boundCreate } from './create.ts'
import { boundRotation } from './rotate.ts'
import { boundVerification } from './verify.ts'
import type { CallBound } from './write.ts'

/** Maximum number of requests of an operation; `looks` is how often the gateway checks the outcome of a write. */
export function boundOperation(provider: Provider, operation: Operation, looks: number): CallBound {
  switch (operation) {
    case 'CREATE':
      return boundCreate(provider, looks)
    case 'UPDATE':
      return boundUpdate(provider, looks)
    case 'DELETE':
      return boundRemove(provider, looks)
    case 'VERIFY':
      return boundVerification(provider, looks)
    case 'ROTATE_SECRET':
      return boundRotation(provider, looks)
    case 'TEST':
      return { calls: countCalls(provider.operations.TEST), looks: countCalls(provider.operations.LIST) }
    case 'LIST':
    case 'GET':
    case 'LIST_DELIVERIES':
    case 'REDELIVER':
      return { calls: countCalls(provider.operations[operation]), looks: 0 }
  }
}
