// What a color runs before its first release: healthy, so that the very first deployment of the stacks becomes steady,
// and honest, so that nobody takes it for the application.
import { createServer } from 'node:http';

const port = Number(process.env.PORT || 8080);
const color = process.env.GREENROOM_COLOR || 'none';
const healthPaths = (process.env.HEALTH_PATHS || '/livez,/readyz').split(',');

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Nothing released yet</title><link rel="icon" href="data:,">
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}</style></head>
<body><main><h1>Nothing released yet</h1>
<p>The fleet is up and waits for its first release. Please come back later.</p></main></body></html>
`;

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const healthy = healthPaths.includes((request.url ?? '/').split('?', 1)[0]);
  const body = healthy ? 'placeholder\n' : PAGE;
  response.writeHead(healthy ? 200 : 503, {
    'content-type': healthy ? 'text/plain; charset=utf-8' : 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-app-version': 'placeholder',
    'x-app-color': color,
    ...(healthy ? {} : { 'retry-after': '60' }),
    ...(stopping ? { connection: 'close' } : {}),
  });
  // The body of a request is of no interest, but must be read for the connection to be used again.
  request.resume();
  response.end(body);
});

let stopping = false;
function stop() {
  stopping = true;
  server.close();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

server.on('error', (error) => {
  console.log(JSON.stringify({ level: 'error', message: 'cannot listen', reason: error.message }));
  process.exitCode = 1;
});
server.listen({ port, host: process.env.HOST || undefined }, () => {
  console.log(JSON.stringify({ level: 'info', message: 'listening', version: 'placeholder', color, port }));
});
