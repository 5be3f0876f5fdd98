import { inspect } from 'node:util'

const shown = '[secret]'

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
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.toPrimitive](): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}

/** The text of a secret, or of what a program that embeds the gateway has given as plain text. */
export function reveal(secret: Secret | string): string {
  return typeof secret === 'string' ? secret : secret.reveal()
}
