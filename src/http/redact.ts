const tokenShapes = [
  /\b(?:whsec|whk)_[A-Za-z0-9+/=_-]{6,}/g,
  /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /\bBearer\s+[^\s"',;]+/gi,
  /(?<=:\/\/)[^\s/@]+@/g,
]

/** Upstream text fit to show: the given secrets and whatever looks like one replaced, cut to 500 characters. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[secret]')
  for (const shape of tokenShapes) clean = clean.replace(shape, '[secret]')
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean
}
