import { Secret } from '../secret.ts'

interface Revealed {
  /** With the secrets in clear. */
  readonly json: string
  readonly secrets: readonly string[]
}

/** A body as JSON. Anywhere else, its secrets stay hidden. */
export function revealBody(body: object): Revealed {
  const secrets: string[] = []
  // The value has been converted already, so that it is taken from its holder.
  const json = JSON.stringify(body, function reveal(this: Readonly<Record<string, unknown>>, name, value: unknown) {
    const own = this[name]
    if (!(own instanceof Secret)) return value
    secrets.push(own.reveal())
    return own.reveal()
  })
  return { json, secrets }
}
