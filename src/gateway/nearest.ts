import { distance } from 'fastest-levenshtein'

/**
 * Known names that resemble a misspelled one, nearest first. `mostEdits` is the maximum edit distance, of each known name.
 * `normalize` keeps the length of a name.
 */
export function findNearest(
  name: string,
  known: readonly string[],
  mostEdits: (known: string) => number,
  normalize: (name: string) => string = (each) => each,
): readonly string[] {
  const wanted = normalize(name)
  return known
    .filter((each) => Math.abs(each.length - name.length) <= mostEdits(each))
    .map((each) => ({ each, edits: distance(normalize(each), wanted) }))
    .filter(({ each, edits }) => edits <= mostEdits(each))
    .toSorted((a, b) => a.edits - b.edits)
    .map(({ each }) => each)
}
