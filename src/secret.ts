import { inspect } from 'node:util'

/** Placeholder for a secret. */
export const shownSecret = '[secret]'

/** A string that is never exposed as text, as JSON or to a debugger. Only `reveal` returns it. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return shownSecret
  }

  toJSON(): string {
    return shownSecret
  }

  [Symbol.toPrimitive](): string {
    return shownSecret
  }

  [inspect.custom](): string {
    return shownSecret
  }
}

/** The text of a secret. Embedding programs may pass plain text instead. */
export function reveal(secret: Secret | string): string {
  return typeof secret === 'string' ? secret : secret.reveal()
}
