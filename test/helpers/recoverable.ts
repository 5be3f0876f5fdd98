import { getRepeat } from '../../src/gateway/write/recover.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'

/** Whether a create whose response was lost comes back with its secret: by the provider's own key, or by its proof. */
export function isRecoverable(provider: Provider): boolean {
  const { recovery } = provider
  return getRepeat(provider) !== undefined || (!isUnsupported(recovery) && recovery.readProof !== undefined)
}
