import { mapBatches, toTested } from './answers.ts'
import type { Created, CreateInput, Creation, Grace, ProviderRotation, Repeat, RotateInput, UpdateInput } from './operations.ts'
import { emulated, native, readBefore, type ReplacementRotation, type Supported, type Twin, type Updated } from './operations.ts'
import type { Unsupported } from './unsupported.ts'
import type { Batch, Batches, Delivery, Details, RotationPrice, Webhook } from '../webhook.ts'

// The operations of a provider that carries them out in one request each, from its API and the functions of its convert.ts.

interface ToWebhook<Wire, D> {
  toWebhook(wire: Wire): Webhook<D>
}

/** What a create sends, and what comes of the response. */
export interface Creates<Options, Body, Wire, D> {
  toBody(input: CreateInput<Options>): Body
  toCreated(wire: Wire, input: CreateInput<Options>): Created<D>
}

interface Updates<Options, Body, Wire, D> extends ToWebhook<Wire, D> {
  toChanges(input: UpdateInput<Options>): Body
}

interface Rewrites<Options, Body, Wire, D> extends ToWebhook<Wire, D> {
  toReplacement(wire: Wire, input: UpdateInput<Options>): Body
}

interface Rewriting<Body, Wire> {
  get(id: string): Promise<Wire>
  update(id: string, body: Body): Promise<Wire>
}

/** All webhooks, in one response or in pages. */
export function lists<Wire, D>({ toWebhook }: ToWebhook<Wire, D>, note: string | null = null) {
  return native((api: { list(): Batches<Wire> }) => mapBatches(api.list(), toWebhook), note)
}

export function gets<Wire, D>({ toWebhook }: ToWebhook<Wire, D>, note: string | null = null) {
  return native(async (api: { get(id: string): Promise<Wire> }, id: string) => toWebhook(await api.get(id)), note)
}

/** `create` of the API also gets the key, which some providers take in a header. */
export function creates<Options, Body, Wire, D>(
  { toBody, toCreated }: Creates<Options, Body, Wire, D>,
  note: string | null = null,
): Supported<[api: { create(body: Body, key: string): Promise<Wire> }, input: CreateInput<Options>], Promise<Created<D>>> {
  return native(async (api, input) => toCreated(await api.create(toBody(input), input.key), input), note)
}

/** A create that can be sent again with its key. */
export function repeats<Api, D, Options>(repeat: Repeat, create: Creation<Api, D, Options>): Creation<Api, D, Options> {
  return { ...create, repeat }
}

export function updates<Options, Body, Wire, D>(
  { toChanges, toWebhook }: Updates<Options, Body, Wire, D>,
  note: string | null = null,
): Supported<[api: { update(id: string, body: Body): Promise<Wire> }, input: UpdateInput<Options>], Promise<Updated<D>>> {
  return native(async (api, input) => {
    return { webhook: toWebhook(await api.update(input.upstreamId, toChanges(input))), warnings: [] }
  }, note)
}

/** An update that writes the whole webhook, because what is left out may be cleared. */
export function rewrites<Options, Body, Wire, D extends Details>(
  { toReplacement, toWebhook }: Rewrites<Options, Body, Wire, D>,
  note: string,
): Supported<[api: Rewriting<Body, Wire>, input: UpdateInput<Options>], Promise<Updated<D>>> {
  return emulated(2, note, async (api, input) => {
    const before = await readBefore(input, () => api.get(input.upstreamId), toWebhook)
    return { webhook: toWebhook(await api.update(input.upstreamId, toReplacement(before, input))), warnings: [] }
  })
}

/** For responses that name no webhook. */
export function deletes(note: string | null = null) {
  return native(async (api: { delete(id: string): Promise<unknown> }, id: string) => {
    await api.delete(id)
    return undefined
  }, note)
}

/** `delete` of the API resolves to the ID that the response names. */
export function deletesNamed(note: string | null = null) {
  return native((api: { delete(id: string): Promise<string | undefined> }, id: string) => api.delete(id), note)
}

/** A test event by a ping, whose result the provider does not report. */
export function pings(note: string, unreported: string) {
  return native(async (api: { ping(id: string): Promise<unknown> }, id: string) => {
    await api.ping(id)
    return toTested(true, unreported)
  }, note)
}

/** The log of a webhook. */
export function listsDeliveries<Wire>({ toDeliveries }: { toDeliveries(wire: Wire): Batch<Delivery> }, note: string) {
  return native(
    async (api: { deliveries(id: string): Promise<Wire> }, id: string) => toDeliveries(await api.deliveries(id)),
    note,
  )
}

/** The provider generates the new secret. */
export function rotates<Api, D>(
  graceSeconds: Grace,
  operation: Supported<[api: Api, input: RotateInput], Promise<Created<D>>>,
): ProviderRotation<Api, D> {
  return { strategy: 'PROVIDER', graceSeconds, ...operation }
}

/** A new webhook with the same settings takes over, at this price. */
export function replaces<D, Options>(
  { toTwin }: { toTwin(webhook: Webhook<D>): Twin<Options> | Unsupported },
  price: RotationPrice,
  note: string,
  unseen?: string,
): ReplacementRotation<D, Options> {
  return { strategy: 'REPLACEMENT', support: 'EMULATED', note, price, ...(unseen !== undefined && { unseen }), toTwin }
}

/** Input that creates a webhook with the same settings. Only the provider knows its options. */
export function toTwinWith<Options>(options: Options, { url, name, eventTypes, enabled }: Webhook<unknown>): Twin<Options> {
  return { url, name: name ?? '', eventTypes: eventTypes ?? undefined, enabled, options }
}
