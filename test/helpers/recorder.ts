import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'

// Compares generated code with everything that was received. Every longer word of a request, of a provider's response or of a
// configuration is a canary, unless it occurs in the sources. Evaluated once per process, even if it runs several test files.

const root = fileURLToPath(new URL('../../', import.meta.url))
const own = fs
  .globSync('src/**/*.ts', { cwd: root })
  .map((file) => fs.readFileSync(`${root}${file}`, 'utf8'))
  // Words of the language, which random inputs are made of too.
  .concat(Object.getOwnPropertyNames(Object.prototype))
  .join('\n')
const texts = new Set<string>()
const sources = new Set<string>()

// Most texts are received again and again, so their words are looked for at the end.
function receive(text: unknown): void {
  if (typeof text === 'string' && text.length <= 200_000 && !text.includes('"sourcesContent"')) texts.add(text)
}

/** Received words that are not ours but occur in a source text. */
export function listReceivedCode(): readonly string[] {
  const code = [...sources].join('\n')
  if (code === '') return []
  const words = new Set<string>()
  for (const text of texts) for (const [word] of text.matchAll(/\w[\w.:/@-]{6,198}\w/g)) words.add(word)
  return [...words].filter((word) => /[a-z]/i.test(word) && code.includes(word) && !own.includes(word))
}

/** Starts over. */
export function forgetAll(): void {
  texts.clear()
  sources.clear()
}

/** Number of texts that were or would have been compiled. */
export const countSources = (): number => sources.size

/** For a test that makes code of documents that are no part of the product. */
export async function makeOwnCode<Made>(make: () => Promise<Made>): Promise<Made> {
  const before = new Set(sources)
  try {
    return await make()
  } finally {
    for (const each of sources) if (!before.has(each)) sources.delete(each)
  }
}

/** For a test that plants something. */
export function forget(word: string): void {
  for (const each of [texts, sources]) for (const text of each) if (text.includes(word)) each.delete(text)
}

const record = (parts: readonly unknown[]) => void sources.add(parts.map(String).join('\n'))

/** Records every call and construction first. */
function watch<F extends object>(maker: F, isCode: (parts: readonly unknown[]) => boolean = () => true): F {
  return new Proxy(maker, {
    apply: (target, self, parts) => {
      if (isCode(parts)) record(parts)
      return Reflect.apply(target as never, self, parts)
    },
    construct: (target, parts, made) => {
      if (isCode(parts)) record(parts)
      return Reflect.construct(target as never, parts, made === watched.get(target) ? (target as never) : made) as object
    },
  })
}

const watched = new WeakMap<object, object>()
for (const maker of [
  Function,
  async function () {}.constructor,
  function* () {}.constructor,
  async function* () {}.constructor,
]) {
  const proxy = watch(maker)
  watched.set(maker, proxy)
  Object.defineProperty(maker.prototype, 'constructor', { value: proxy, configurable: true, writable: true })
}
globalThis.Function = watched.get(Function) as FunctionConstructor
Object.assign(globalThis, { eval: watch(Reflect.get(globalThis, 'eval') as typeof parseInt) })

/** Test files and modules are code of a file with the same name, so they were not received. */
const isNoFile = ([, options]: readonly unknown[]) => {
  const name: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'filename') : options
  return typeof name !== 'string' || !fs.existsSync(name.replace(/^file:\/\//, '').replace(/\?.*$/, ''))
}
for (const name of ['runInThisContext', 'runInNewContext', 'runInContext', 'compileFunction', 'Script'] as const) {
  Object.assign(vm, { [name]: watch(vm[name], isNoFile) })
}

const { parse } = JSON
JSON.parse = (text, reviver) => {
  receive(text)
  return parse(text, reviver) as unknown
}
const { readFileSync } = fs
fs.readFileSync = ((path: fs.PathOrFileDescriptor, options?: never) => {
  const content: string | Buffer = readFileSync(path, options)
  if (!/node_modules|\/src\/|\/test\//.test(String(path))) receive(content)
  return content
}) as typeof fs.readFileSync
syncBuiltinESMExports()
