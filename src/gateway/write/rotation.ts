import type { WriteResult } from '../operations.ts'
import type { Grace } from '../../provider/operations.ts'
import type { Secret } from '../../secret.ts'
import type { RotationPrice, RotationStrategy, UpstreamRequest, Warning } from '../../webhook.ts'

/** Steps and side effects of a rotation. */
export interface RotationPlan extends RotationPrice {
  readonly strategy: RotationStrategy
  /** Whether deliveries fail verification until the receiver has the new secret. */
  readonly verificationGap: 'NONE' | 'UNTIL_RECEIVER_UPDATED'
  readonly requests: readonly UpstreamRequest[]
  readonly graceSeconds: Grace
  /** Omitted for none. */
  readonly warnings?: readonly Warning[]
}

export interface Rotated extends WriteResult {
  readonly signingSecret: Secret
}
export interface RotationResult extends WriteResult {
  /** Null if it was handed out before and is not kept any more. */
  readonly signingSecret: Secret | null
  readonly plan: RotationPlan
}

export interface PreparedRotation {
  readonly plan: RotationPlan
  carryOut(): Promise<Rotated>
}
