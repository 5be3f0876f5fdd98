import * as z from 'zod'

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const form = /^(?:0|(0|[1-9]\d{0,8})([smhd]))$/

const issue = 'must be a duration such as 30m, 24h or 90d, or 0'

/** A duration in the configuration file: a number with its unit, or 0. */
export const durationShape = z.union([z.literal(0), z.string().regex(form, issue)], { error: issue })

export type Duration = z.infer<typeof durationShape>

export function toMilliseconds(duration: Duration): number {
  const [, count = 0, unit = 's'] = form.exec(String(duration)) ?? []
  return Number(count) * (units[unit] ?? 0)
}
