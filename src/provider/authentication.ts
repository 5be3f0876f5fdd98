/** How a provider reads an account's token. */
export interface Authentication {
  /** Lowercase name of the header. */
  readonly header: string
  /** Text before the token, such as `Bearer `. */
  readonly prefix: string
  /** Tokens that are sent without the prefix. */
  readonly bare?: RegExp
  /** Form of a token that is sent in base64, such as `user:password`. */
  readonly basic?: string
}

export const bearer: Authentication = { header: 'authorization', prefix: 'Bearer ' }

/** HTTP Basic authentication. `form` names the parts of the token, such as `user:password`. */
export function basic(form: string): Authentication {
  return { header: 'authorization', prefix: 'Basic ', basic: form }
}

/** The value of the authentication header. */
export function toCredentials(authentication: Authentication, token: string): string {
  const { prefix, bare } = authentication
  return bare?.test(token) === true ? token : `${prefix}${encode(authentication, token)}`
}

/** A token in every form that no text may contain. */
export function listTokenForms(authentication: Authentication, token: string): readonly string[] {
  if (authentication.basic === undefined) return [token]
  const colon = token.indexOf(':')
  const [user, password] = [token.slice(0, colon), token.slice(colon + 1)]
  // Some providers take the token as the user name, without a password.
  return [token, encode(authentication, token), password === '' ? user : password]
}

function encode({ basic: form }: Authentication, token: string): string {
  return form === undefined ? token : Buffer.from(token).toString('base64')
}
