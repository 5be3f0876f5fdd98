import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'

/**
 * Every documented sample in `directory` parses with the schema that its file name starts with
 * (`wrapped.created.json`: `wrapped`), and every schema has a sample.
 */
export function describeFixtures(directory: URL, schemas: Readonly<Record<string, ZodType>>): void {
  describe('documented samples', () => {
    const files = readdirSync(directory)
    it.each(files)('%s is what its schema promises', (file) => {
      const sample: unknown = JSON.parse(readFileSync(new URL(file, directory), 'utf8'))
      expect(schemas[file.split('.')[0] ?? '']?.safeParse(sample).error).toBeUndefined()
    })
    it('has a sample of every schema', () => {
      expect(Object.keys(schemas).filter((name) => !files.some((file) => file.startsWith(`${name}.`)))).toEqual([])
    })
  })
}
