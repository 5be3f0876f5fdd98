const tokenShapes = [
  /\b(?:whsec|whk)_[A-Za-z0-9+/=_-]{6,}/g,
  /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /\bBearer\s+[^\s"',;]+/gi,
  /(?<=:\/\/)[^\s/@]+@/g,
]

/** The text with the given secrets, and whatever looks like one, replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  const clean = secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[secret]')), text)
  return tokenShapes.reduce((rest, shape) => rest.replace(shape, '[secret]'), clean)
}

/** Upstream text fit to show: redacted, then cut to 500 characters. */
export function toShownText(text: string, secrets: readonly string[]): string {
  const clean = redact(text, secrets)
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean
}

/** A URL whose user name and password are replaced; any other text as it is. */
export function hideCredentials(text: string, replacement: string): string {
  if (!text.includes('@')) return text
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${replacement}@`)
}
