/** A setting of an account that its provider needs, such as a repository. Its value is shown, so it is never a secret. */
export interface SettingStatement {
  /** EXACTLY_ONE: exactly one of the settings with this rule. */
  readonly rule: 'REQUIRED' | 'OPTIONAL' | 'EXACTLY_ONE'
  readonly description: string
  /** The whole value, from `^` to `$`, without flags. */
  readonly shape: RegExp
  /** For messages and documents, and the value at the sandbox. */
  readonly example: string
  /** Environment variable of the provider's simple account. */
  readonly variable: string
}
export interface SettingStatements {
  readonly [setting: string]: SettingStatement
}

export type SettingsOf<S extends SettingStatements> = {
  readonly [Name in keyof S]: S[Name]['rule'] extends 'REQUIRED' ? string : string | undefined
}

/** Values of an account's settings, by name. */
export type Settings = Readonly<Record<string, string>>

export interface SettingIssue {
  /** Null for settings that do not go together. */
  readonly name: string | null
  /** Never repeats a value. */
  readonly issue: string
}

/** Problems with an account's settings; `label` is what the operator calls one. */
export function findSettingIssues(
  statements: SettingStatements,
  given: Readonly<Record<string, unknown>>,
  label: (name: string) => string = (name) => name,
): readonly SettingIssue[] {
  const all = Object.entries(statements)
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(statements, name))
  const own = all.flatMap(([name, { rule, shape, example }]) => {
    const value = given[name]
    if (value === undefined) {
      return rule === 'REQUIRED' ? [{ name, issue: `is missing. Provide a value such as ${example}` }] : []
    }
    return typeof value === 'string' && !shape.test(value) ? [{ name, issue: `must be a value such as ${example}` }] : []
  })
  const group = all.filter(([, { rule }]) => rule === 'EXACTLY_ONE').map(([name]) => name)
  const isOne = group.length === 0 || group.filter((name) => given[name] !== undefined).length === 1
  return [
    ...unknown.map((name) => ({ name, issue: `unknown key. Known keys: ${all.map(([each]) => each).join(', ')}` })),
    ...own,
    ...(isOne ? [] : [{ name: null, issue: `provide exactly one of ${group.map(label).join(', ')}` }]),
  ]
}

/** The settings of an account at the sandbox. */
export function toExampleSettings(statements: SettingStatements): Settings {
  const all = Object.entries(statements)
  const first = all.find(([, { rule }]) => rule === 'EXACTLY_ONE')?.[0]
  const taken = all.filter(([name, { rule }]) => rule === 'REQUIRED' || name === first)
  return Object.fromEntries(taken.map(([name, { example }]) => [name, example]))
}
