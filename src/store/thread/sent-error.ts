import { KeyHeldError, RefusedWriteError, StoreError, TakenOverError, TurnTakenError } from '../error.ts'

// Errors lose their class on the way from one thread to another, and most of their fields.

export interface SentError {
  readonly kind: 'OTHER' | 'STORE' | 'REFUSED' | 'TURN' | 'KEY' | 'TAKEN_OVER'
  readonly error: Error
  /** Of a turn that was taken. */
  readonly turn: string
}

export function toSent(error: unknown): SentError {
  const turn = error instanceof TurnTakenError ? error.turn : ''
  return { kind: toKind(error), error: error instanceof Error ? error : new Error(String(error)), turn }
}

function toKind(error: unknown): SentError['kind'] {
  if (error instanceof TurnTakenError) return 'TURN'
  if (error instanceof KeyHeldError) return 'KEY'
  if (error instanceof TakenOverError) return 'TAKEN_OVER'
  if (error instanceof RefusedWriteError) return 'REFUSED'
  return error instanceof StoreError ? 'STORE' : 'OTHER'
}

export function fromSent({ kind, error, turn }: SentError): Error {
  const { message, cause } = error
  switch (kind) {
    case 'TURN':
      return new TurnTakenError(turn)
    case 'KEY':
      return new KeyHeldError()
    case 'TAKEN_OVER':
      return new TakenOverError()
    case 'REFUSED':
      return new RefusedWriteError(message, { cause })
    case 'STORE':
      return new StoreError(message, { cause })
    case 'OTHER':
      return error
  }
}
