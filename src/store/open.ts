import type { StoreOptions } from './here.ts'
import type { Store } from './store.ts'
import { openInThread, startThread } from './thread/thread.ts'

/** Opens a store, which is created if it does not exist. Rejects with StoreError. */
export async function openStore(options: StoreOptions): Promise<Store> {
  // Only files block the thread that writes them.
  if ('path' in options && options.path !== null) return openInThread(options, startThread(options.path))
  const { openHere } = await import('./here.ts')
  return openHere(options)
}

/** Seals every secret of a store with the first key; returns how many were sealed with another. Rejects with StoreError. */
export async function rekeyStore(options: StoreOptions): Promise<number> {
  const { rekeyHere } = await import('./here.ts')
  return rekeyHere(options)
}
