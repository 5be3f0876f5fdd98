import { inspect } from 'node:util'

/** What stands in the place of a secret. */
export const shownSecret = '[secret]'

/** A text that shows itself in no form: not as text, not as JSON, not to a debugger. Only `reveal` gives it away. */
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

/** The text of a secret, or of what a program that embeds the gateway has given as plain text. */
export function reveal(secret: Secret | string): string {
  return typeof secret === 'string' ? secret : secret.reveal()
}
