#!/usr/bin/env node

// The entry point, and the only file that reads the environment. It uses old syntax and loads nothing before the check, so that
// an old Node.js version can still print the message.

// Of the two, Node lets FORCE_COLOR win, with a warning.
if (process.env['NO_COLOR']) delete process.env['FORCE_COLOR']

if (Number(process.versions.node.split('.')[0]) >= 24) {
  void import('./cli/command.ts').then(({ run }) => run(process.argv.slice(2), process.env))
} else {
  process.stderr.write(`HookQL requires Node.js 24 or later; this is Node.js ${process.versions.node}.\n`)
  process.exitCode = 1
}
