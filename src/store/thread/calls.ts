import type { StoreOptions } from '../here.ts'
import type { Store } from '../store.ts'
import type { SentError } from './sent-error.ts'

// What is said between the thread that uses a store and the thread that the store is in.

export type Method = Exclude<keyof Store, 'isShared' | 'isHealthy' | 'isSure' | 'meetOthers' | 'readClock' | 'countOwners'>
export type Arguments = { readonly [Name in Method]: Parameters<Store[Name]> }
export type Results = { readonly [Name in Method]: Awaited<ReturnType<Store[Name]>> }
export type Calls = { readonly [Name in Method]: (...values: Arguments[Name]) => Promise<Results[Name]> }

export interface Call<Name extends Method = Method> {
  readonly method: Name
  readonly values: Arguments[Name]
}

/** Opens the store, or calls it. */
export interface Question {
  readonly id: number
  readonly asked: StoreOptions | Call
}

/** How a call ended, and whether the store is healthy since. */
export type Answer = { readonly id: number; readonly isHealthy: boolean } & (
  | { readonly result: unknown }
  | { readonly error: SentError }
)
