#!/usr/bin/env node
// What package.json's `bin` points at: loads the TypeScript command line. Plain CommonJS, since node cannot run the
// sources by itself: they import without extension.
'use strict';
// A URL may hold a password, and others on this machine see a process's arguments: before anything else is loaded.
if (process.argv.some((argument) => argument.startsWith('--url'))) process.title = 'greenroom';
// An old Node.js is told by "greenroom doctor", and not in eight lines by the AWS SDK at every call.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// Compiled code is kept for the next call, which then takes a third less time; Node.js 20 cannot.
require('node:module').enableCompileCache?.();
require('tsx/cjs');
require('./greenroom.ts');
