export interface EventType {
  readonly name: string
  /** Null if the provider has too many to describe, or does not describe them. */
  readonly description: string | null
}
export interface EventCatalogue {
  readonly known: readonly EventType[]
  /** If true, names outside `known` are rejected before any request. */
  readonly closed: boolean
  /** If true, `category.*` and `*` are accepted too. */
  readonly wildcards?: true
  /** If true, `["*"]` is accepted too and stands for all event types, on reads as well: null never means all. */
  readonly all?: true
  /** Maximum number of event types of one webhook, if the provider has one. */
  readonly most?: number
}

/** Event types without descriptions, for long lists. */
export function listEventTypes(names: readonly string[]): readonly EventType[] {
  return names.map((name) => ({ name, description: null }))
}
