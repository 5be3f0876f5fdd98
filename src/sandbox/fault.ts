import * as z from 'zod'

/** A fault for a stand-in to simulate. */
export const faultShape = z.strictObject({
  method: z.string().optional().describe('Only requests with this method.'),
  path: z.string().optional().describe('Only requests whose path contains this.'),
  effect: z
    .enum(['READ', 'WRITE'])
    .optional()
    .describe('Only requests that read, or that write. In GraphQL: queries, or mutations.'),
  field: z.string().optional().describe('Only GraphQL requests for this root field.'),
  times: z.int().positive().default(1).describe('Number of requests to fail.'),
  when: z.enum(['before', 'after']).default('before').describe('Whether to fail before or after the request takes effect.'),
  delayMs: z.int().nonnegative().optional().describe('Delay in milliseconds.'),
  cut: z
    .enum(['request', 'connection', 'headers', 'body'])
    .optional()
    .describe('Reset the connection before or after the request is read, or cut off the response.'),
  stale: z.boolean().optional().describe('Repeat the last response to the same request, as if changes were not visible yet.'),
  staleReads: z.int().positive().optional().describe('Number of reads before the change of this request becomes visible.'),
  meanwhile: z
    .strictObject({ method: z.string(), path: z.string(), body: z.json().optional() })
    .optional()
    .describe('Also process this request, as if from another client, before or after the failing one. Use the full path.'),
  hang: z.boolean().optional().describe('Never respond.'),
  status: z.int().min(200).max(599).optional().describe('Respond with this status.'),
  headers: z.record(z.string(), z.string()).optional().describe('Respond with these headers.'),
  body: z.string().optional().describe('Respond with this body.'),
})

export type Fault = z.output<typeof faultShape>
export type FaultInput = z.input<typeof faultShape>

/** A fault, and what the request that meets it is held for. */
export interface HeldFault extends Fault {
  readonly hold?: (() => unknown) | undefined
}

/** What a fault chooses requests by. */
export interface Target {
  readonly method: string
  /** Raw path and query, as on the wire. */
  readonly path: string
  readonly effect: 'READ' | 'WRITE'
  /** Root field of a GraphQL request; null for any other. */
  readonly field: string | null
}

/** A list of faults, each used up after its number of requests. */
export function createFaults() {
  let faults: { fault: HeldFault; left: number }[] = []
  return {
    add(input: FaultInput, hold?: HeldFault['hold']): void {
      const fault = { ...faultShape.parse(input), hold }
      faults.push({ fault, left: fault.times })
    },
    clear(): void {
      faults = []
    },
    /** Takes one use of the first fault that matches a request. */
    take({ method, path, effect, field }: Target): HeldFault | undefined {
      const entry = faults.find(
        ({ fault, left }) =>
          left > 0 &&
          (fault.method ?? method) === method &&
          path.includes(fault.path ?? '') &&
          (fault.effect ?? effect) === effect &&
          (fault.field ?? field) === field,
      )
      if (entry !== undefined) entry.left -= 1
      return entry?.fault
    },
  }
}
