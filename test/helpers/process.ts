import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer } from './gateway.ts'
import { programs } from './programs.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program of ours that runs in its own process. */
export interface RunningProcess {
  /** Resolves to the first match of the pattern in its output; rejects if it exits without one. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  /** Its output so far. */
  output(): string
  readonly exited: Promise<Exit>
  kill(signal: NodeJS.Signals): void
  /** Writes a line to its standard input. */
  tell(line: string): void
  /** Closes the reading end of its output. */
  leave(): void
  /** Ends it in any state. */
  stop(): Promise<void>
}

export type Environment = Readonly<Record<string, string>>

/** Of Node.js, so that it collects no garbage while a program starts: nearly everything that is made then stays. */
export const young = '--min-semi-space-size=64'

/**
 * Starts a program of ours with only the given environment: bundled, or as it is if its path begins with a dot. Its store is in memory
 * unless that says otherwise.
 */
export function startProcess(
  file: string,
  environment: Environment = {},
  args: readonly string[] = [],
  command: readonly [string, ...string[]] = [process.execPath],
): RunningProcess {
  const path = programs[file] ?? fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const [program, ...before] = command
  const child = spawn(program, [...before, young, path, ...args], {
    // What is compiled is kept beside the program.
    env: { HOOKQL_STORE: 'memory', ...(file in programs && { NODE_COMPILE_CACHE: dirname(path) }), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const exited = once(child, 'close').then((): Exit => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
  }))

  function waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout.text())
        if (match !== null) resolve(match)
      }
      child.stdout.on('data', look)
      void exited.then(({ code }) => reject(new Error(`It exited with ${code} before it printed ${pattern}:\n${stderr.text()}`)))
      look()
    })
  }

  return {
    waitFor,
    output: () => stdout.text(),
    exited,
    kill: (signal) => void child.kill(signal),
    tell: (line) => void child.stdin.write(`${line}\n`),
    leave: () => void child.stdout.destroy(),
    stop: () => stop(child),
  }
}

export interface RunningGateway extends RunningProcess {
  /** Its URL without a path. */
  readonly origin: string
  /** The URL of GraphQL. */
  readonly url: string
  /** The full start-up line. */
  readonly startLine: string
  ask(query: string, variables?: Record<string, unknown>, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

/** Starts the gateway on a free port and waits until it serves. */
export async function startGateway(environment: Environment = {}, file = 'src/main.ts'): Promise<RunningGateway> {
  const gateway = startProcess(file, { PORT: '0', ...environment })
  const [startLine, origin = ''] = await gateway.waitFor(/^.*HookQL serves (http:\S+)\/graphql.*$/m)
  const url = `${origin}/graphql`

  async function ask(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, ...(JSON.parse(text) as Pick<Answer, 'data' | 'errors'>) }
  }

  return { ...gateway, origin, url, startLine, ask }
}

function collect(stream: NodeJS.ReadableStream): { text(): string } {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
  })
  return { text: () => text }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
}
