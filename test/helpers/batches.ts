import type { Batch, Batches } from '../../src/webhook.ts'

/** All batches of a list. */
export async function readBatches<Item>(batches: Batches<Item>): Promise<readonly Batch<Item>[]> {
  return batches instanceof Promise ? [await batches] : Array.fromAsync(batches)
}
