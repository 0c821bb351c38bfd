#!/usr/bin/env node
// What package.json's `bin` points at: loads the TypeScript command line. Plain CommonJS, since node cannot run the
// sources by itself: they import without extension.
'use strict';
// A URL may hold a password, and others on this machine see a process's arguments: before anything else is loaded.
if (process.argv.some((argument) => argument.startsWith('--url'))) process.title = 'greenroom';
require('tsx/cjs');
require('./greenroom.ts');
