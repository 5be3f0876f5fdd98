import { readFileSync } from 'node:fs'

/** The version in package.json, which is two levels up in a clone and in the package. */
export const version = readVersion()

/** Sent with every request; some providers refuse requests without it. */
export const userAgent = `hookql/${version}`

function readVersion(): string {
  try {
    const content: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    return typeof content === 'object' && content !== null && 'version' in content ? String(content.version) : 'unknown'
  } catch {
    // A program that bundles the package moves it away from its package.json.
    return 'unknown'
  }
}
