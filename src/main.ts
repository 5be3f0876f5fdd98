#!/usr/bin/env node

// The entry, and the only reader of the environment. An old Node has to get as far as the message: the syntax is old too, and
// nothing is loaded before the check.

if (Number(process.versions.node.split('.')[0]) >= 24) {
  void import('./cli/command.ts').then(({ run }) => run(process.argv.slice(2), process.env))
} else {
  process.stderr.write(`HookQL requires Node.js 24 or later; this is Node.js ${process.versions.node}.\n`)
  process.exitCode = 1
}
