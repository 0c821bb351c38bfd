#!/usr/bin/env node
// What package.json's `bin` points at: loads the TypeScript command line. Plain CommonJS, since node cannot run the
// sources by itself: they import without extension.
'use strict';
require('tsx/cjs');
require('./greenroom.ts');
