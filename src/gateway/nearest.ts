import { distance } from 'fastest-levenshtein'

/** Known names that resemble a misspelled one, nearest first. `mostEdits` is the maximum edit distance, of each known name. */
export function findNearest(name: string, known: readonly string[], mostEdits: (known: string) => number): readonly string[] {
  return known
    .filter((each) => Math.abs(each.length - name.length) <= mostEdits(each))
    .map((each) => ({ each, edits: distance(each, name) }))
    .filter(({ each, edits }) => edits <= mostEdits(each))
    .toSorted((a, b) => a.edits - b.edits)
    .map(({ each }) => each)
}
