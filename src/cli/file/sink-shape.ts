import * as z from 'zod'

// Where a file says that secrets come from, and where they go.

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/
const variable = z.string().regex(variablePattern, 'must be the name of a variable: letters, digits and underscores')
const text = z.string().min(1)

const fileSink = z.strictObject({
  file: text.describe('File of variables that --env-file reads, relative to this file. Only its owner can read it.'),
})
const commandSink = z.strictObject({
  command: z
    .array(text)
    .min(1, 'must have at least the name of a program')
    .describe(
      'Program and arguments. It reads one secret from its standard input; HOOKQL_SECRET_NAME and HOOKQL_ACCOUNT say whose.',
    ),
})
const named = { name: variable.optional().describe('Name of the secret. Defaults to one of account and webhook.') }

/** Where the secrets go that providers make, for many webhooks. */
export const sink = oneOf('must have either file or command', fileSink, commandSink)
/** Same, for one. */
export const ownSink = oneOf('must have either file or command', fileSink.extend(named), commandSink.extend(named))

function oneOf<Shapes extends readonly [z.ZodType, ...z.ZodType[]]>(issue: string, ...shapes: Shapes) {
  return z.union(shapes, { error: issue })
}

export type Sink = z.infer<typeof ownSink>

export const secret = z
  .strictObject({ env: variable.describe('Environment variable with the signing secret.') })
  .describe('The signing secret of a new webhook, where you choose it.')
