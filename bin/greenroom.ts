import { main } from '../cli/main';

// Arguments may hold a password, and others on this machine see a process's arguments.
if (process.argv[2] === 'migrate') process.title = 'greenroom migrate';

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
