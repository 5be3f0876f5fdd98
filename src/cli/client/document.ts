/** A GraphQL document with the fragments that it uses. */
export interface Document<Result, Variables> {
  readonly text: string
  /** Never set: only for the compiler. */
  readonly types?: (variables: Variables) => Result
}

type Text = Pick<Document<unknown, unknown>, 'text'>

/** The tag of the generated documents. */
export function gql(parts: TemplateStringsArray, ...fragments: readonly Text[]): Text {
  return { text: String.raw({ raw: parts }, ...fragments.map(({ text }) => text)) }
}
