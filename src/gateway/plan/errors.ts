import { WebhookError } from '../../errors.ts'
import type { WebhookPlan } from './planned.ts'

/** The plan would change something else by now. Nothing was changed. */
export class PlanOutdatedError extends WebhookError {
  readonly code = 'PLAN_OUTDATED'
  readonly retry = 'AFTER_FIX'
  /** The plan as it is now. */
  readonly plan: WebhookPlan

  constructor(plan: WebhookPlan) {
    super(
      'The plan has changed since its fingerprint was read. Nothing was changed. Check the new plan, and apply it with its fingerprint.',
    )
    this.plan = plan
  }
}

/** The plan changes unusually much. Nothing was changed. */
export class PlanUnsafeError extends WebhookError {
  readonly code = 'PLAN_UNSAFE'
  readonly retry = 'AFTER_FIX'
  readonly plan: WebhookPlan

  constructor(plan: WebhookPlan, reasons: readonly string[]) {
    super(`${reasons.join(' ')} Nothing was changed.`)
    this.plan = plan
  }
}
