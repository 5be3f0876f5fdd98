import * as z from 'zod'
import type { Directory, Location } from './directory.ts'
import { InvalidInputError, type InputIssue } from '../errors.ts'
import { inspectCreate, inspectRedelivery, inspectRotation, inspectTarget, inspectUpdate } from './input.ts'
import type { Operation } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import { createShapes, toIssues } from './shapes.ts'
import { toUnchecked, type Unchecked } from './unchecked.ts'
import { wordIssue } from './wording.ts'

export interface ChecksOptions {
  readonly providers: readonly Provider[]
  readonly directory: Directory
  readonly allowPrivateTargets: boolean
}

export type Checks = ReturnType<typeof createChecks>

/** Validates inputs for any caller. Sends no requests. */
export function createChecks({ providers, directory, allowPrivateTargets }: ChecksOptions) {
  const shapes = createShapes(providers)
  const inspectUrl = (input: Unchecked) => (allowPrivateTargets ? [] : inspectTarget(input))

  /** The provider's issues with an input; none if its account or webhook is unknown. */
  const rules: Record<Operation, (input: Unchecked) => readonly InputIssue[]> = {
    CREATE(input) {
      const provider = directory.find(input['account'])?.provider
      return provider === undefined ? [] : [...inspectCreate(provider, input), ...inspectUrl(input)]
    },
    UPDATE(input) {
      const provider = directory.locate(input['id'])?.connection.provider
      return provider === undefined ? [] : [...inspectUpdate(provider, input), ...inspectUrl(input)]
    },
    ROTATE_SECRET(input) {
      const provider = directory.locate(input['id'])?.connection.provider
      const rotation = provider?.operations.ROTATE_SECRET
      return provider === undefined || rotation === undefined || isUnsupported(rotation)
        ? []
        : inspectRotation(provider, rotation, input)
    },
    DELETE: () => [],
    VERIFY: () => [],
    TEST: () => [],
    LIST: () => [],
    REDELIVER(input) {
      const provider = directory.locateDelivery(input['deliveryId'])?.connection.provider
      return provider === undefined ? [] : inspectRedelivery(provider, input)
    },
    GET: () => [],
    LIST_DELIVERIES: () => [],
  }

  /** All issues of an input: those of its shape and those of the rules. */
  function inspect(operation: Operation, input: unknown): readonly InputIssue[] {
    return inspectShape(shapes[operation], toArgument(operation), input, rules[operation](toUnchecked(input)))
  }

  return {
    shapes,
    rules,
    inspectUrl,
    inspect,
    requireShape,
    /** The location of the webhook that an input names. */
    readLocation: (operation: 'GET' | 'LIST_DELIVERIES' | 'DELETE' | 'VERIFY' | 'TEST', id: string): Location =>
      directory.getLocation(requireShape(operation, shapes[operation], { id }).id),
  }

  /** The parsed input. Throws InvalidInputError with all issues. */
  function requireShape<Input>(operation: Operation, shape: z.ZodType<Input>, input: unknown): Input {
    const { success, data } = shape.safeParse(input)
    if (success) return data
    throw new InvalidInputError(inspect(operation, input))
  }
}

/** The issues of the shape of a value at this path, and those that the rules add. */
export function inspectShape(
  shape: z.ZodType,
  at: readonly string[],
  value: unknown,
  added: readonly InputIssue[],
): readonly InputIssue[] {
  if (shape.validate(value)) return added
  const { error = new z.ZodError([]) } = shape.safeParse(value, { error: wordIssue })
  const issues = toIssues(error, value).map((issue) => ({ ...issue, path: [...at, ...issue.path] }))
  // If the whole value has the wrong shape, its parts are not checked.
  const isReported = ({ path }: InputIssue) => issues.some((issue) => issue.path.length > 1 && isBelow(path, issue.path))
  return [...issues, ...added.filter((issue) => !isReported(issue))]
}

/** Path of the input among the arguments of its field. */
function toArgument(operation: Operation): readonly string[] {
  return operation === 'LIST' || operation === 'GET' || operation === 'LIST_DELIVERIES' ? [] : ['input']
}

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return above.every((part, index) => part === path[index])
}
