import { OutcomeUnknownError, WebhookError } from '../errors.ts'
import type { Warning } from '../webhook.ts'
import { readBack } from './answers.ts'

/** The second request of a create, at a provider that creates every webhook enabled. */
interface Disabling<State> {
  /** The webhook as created. */
  readonly created: State
  disable(): Promise<State>
  read(): Promise<State>
  isEnabled(state: State): boolean
}

interface Disabled<State> {
  readonly state: State
  readonly warnings: readonly Warning[]
  readonly isInDoubt: boolean
}

/**
 * Disables a webhook that was just created, unless it is to stay enabled, and returns its actual state. A failure is a warning: an
 * error would lose the secret.
 */
export async function disableUnless<State>(enabled: boolean, disabling: Disabling<State>): Promise<Disabled<State>> {
  const { created, disable, read, isEnabled } = disabling
  if (enabled) return { state: created, warnings: [], isInDoubt: false }
  try {
    const state = await disable()
    return { state, warnings: isEnabled(state) ? [stillSending] : [], isInDoubt: false }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    const isInDoubt = error instanceof OutcomeUnknownError
    const state = isInDoubt ? await readBack(read) : created
    if (state === null) return { state: created, warnings: [maybeSending], isInDoubt }
    return { state, warnings: isEnabled(state) ? [stillSending] : [], isInDoubt }
  }
}

/** Known before a create of a disabled webhook. */
export function sendsBeforeDisabled(displayName: string): Warning {
  return {
    code: 'SENDS_BEFORE_DISABLED',
    message: `${displayName} creates every webhook enabled. This webhook may send events before a second request disables it.`,
  }
}

const stillSending = toNotDisabled('failed. It is still')
const maybeSending = toNotDisabled('was not clearly confirmed. It may still be')

function toNotDisabled(what: string): Warning {
  const message =
    `The webhook was created, but the second request, which disables it, ${what} sending events. ` +
    'Update it with enabled: false. Store the signing secret now: it is not shown again.'
  return { code: 'NOT_DISABLED', message }
}
