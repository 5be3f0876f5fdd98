/** The store cannot be opened, read or written. The message is one line that says why and how to fix it. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
}

/** The database works, but what is stored does not permit the write: nothing of it was written. */
export class RefusedWriteError extends StoreError {
  override readonly name: string = 'RefusedWriteError'
}

/** Somebody else took a turn since it was read, or is in: nothing of what the write was to be based on may be true any more. */
export class TurnTakenError extends RefusedWriteError {
  override readonly name = 'TurnTakenError'
  readonly turn: string

  constructor(turn: string) {
    super('Somebody else took this turn.')
    this.turn = turn
  }
}

/** Another entry holds the idempotency key. */
export class KeyHeldError extends RefusedWriteError {
  override readonly name = 'KeyHeldError'

  constructor() {
    super('Another entry holds this idempotency key.')
  }
}

/** Nothing more can be told of the entry: it is settled, or another process took it over, or this one never claimed it. */
export class TakenOverError extends RefusedWriteError {
  override readonly name = 'TakenOverError'

  constructor() {
    super('The entry does not exist, is settled, or is carried out by another process.')
  }
}
