/** Versions that answer at this address now, each once. */
export async function serving(url: string, requests: number): Promise<string[]> {
  const seen = new Set<string>();
  for (let index = 0; index < requests; index += 1) {
    const response = await fetch(url, { headers: { 'user-agent': `greenroom-probe ${index}` } });
    await response.arrayBuffer();
    seen.add(response.headers.get('x-app-version') ?? `status ${response.status}`);
  }
  return [...seen];
}
