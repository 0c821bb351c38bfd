// One file for jest, so that the reader is loaded once: each test file has a module registry of its own.
import './fuzz.cases';
import './mysql-split.cases';
import './odd-changelogs.cases';
import './reader.cases';
import './vectors.cases';
