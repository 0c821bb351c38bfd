// Asks the application in the same container whether it is alive: exit code 0 or 1. Used by HEALTHCHECK and by the
// health check of the task definition, so the image needs no curl.
fetch(`http://127.0.0.1:${process.env.PORT || 8080}${process.argv[2] || '/livez'}`, {
  signal: AbortSignal.timeout(3000),
}).then(
  (response) => process.exit(response.ok ? 0 : 1),
  () => process.exit(1),
);
