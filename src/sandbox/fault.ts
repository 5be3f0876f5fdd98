import * as z from 'zod'

/** How a stand-in is told to fail. */
export const faultShape = z.strictObject({
  method: z.string().optional().describe('Only calls of this method.'),
  path: z.string().optional().describe('Only calls whose path contains this.'),
  times: z.int().positive().default(1).describe('How many calls fail before it heals.'),
  when: z.enum(['before', 'after']).default('before').describe('Before or after the call has taken effect.'),
  delayMs: z.int().nonnegative().optional().describe('Wait this long first.'),
  cut: z
    .enum(['request', 'connection', 'headers', 'body'])
    .optional()
    .describe('Reset the connection before the request is read or after it was, or break off within the answer.'),
  stale: z
    .boolean()
    .optional()
    .describe('Answer what the same call was answered last time: what has changed is not visible yet.'),
  staleReads: z.int().positive().optional().describe('What this call changes is visible only after so many reads.'),
  meanwhile: z
    .strictObject({ method: z.string(), path: z.string(), body: z.json().optional() })
    .optional()
    .describe('Take this call of somebody else as well, before or after this one; its path is the whole one.'),
  hang: z.boolean().optional().describe('Never answer.'),
  status: z.int().min(200).max(599).optional().describe('Answer with this status.'),
  headers: z.record(z.string(), z.string()).optional().describe('Answer with these headers.'),
  body: z.string().optional().describe('Answer with this text.'),
})

export type Fault = z.output<typeof faultShape>
export type FaultInput = z.input<typeof faultShape>

/** A list of faults, each used up by as many calls as it says. */
export function createFaults() {
  let faults: { fault: Fault; left: number }[] = []
  return {
    add(input: FaultInput): void {
      const fault = faultShape.parse(input)
      faults.push({ fault, left: fault.times })
    },
    clear(): void {
      faults = []
    },
    /** The first fault that fits this call, one use of it taken. */
    take(method: string, path: string): Fault | undefined {
      const entry = faults.find(
        ({ fault, left }) => left > 0 && (fault.method ?? method) === method && path.includes(fault.path ?? ''),
      )
      if (entry !== undefined) entry.left -= 1
      return entry?.fault
    },
  }
}
