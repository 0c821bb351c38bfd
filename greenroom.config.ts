import { defineConfig } from './lib/config';

export default defineConfig({
  application: { name: 'notes' },
  repository: { github: { owner: 'example', repo: 'notes', repositoryId: '123456789' } },
  container: { port: 8080, cpu: 512, memory: 1024 },
  database: { engine: 'postgres', version: '17' },
  environments: [
    { name: 'dev', strategy: 'rolling', database: { deletionProtection: false } },
    { name: 'test', revertWindow: '30m', bake: '5m', releaseFrom: ['refs/heads/test'] },
    {
      name: 'staging',
      revertWindow: '30m',
      bake: '5m',
      releaseFrom: ['refs/heads/staging', 'refs/heads/release/*', 'refs/tags/v*'],
      cache: {},
    },
    {
      name: 'production',
      approval: { required: true },
      console: {},
      traffic: [{ percent: 5, hold: '5m' }, { percent: 25, hold: '5m' }, { percent: 100 }],
      bake: '10m',
      revertWindow: '60m',
      scan: { failOn: 'HIGH' },
      size: { min: 2, max: 8 },
      smoke: [{ path: '/readyz' }, { path: '/', contains: 'Notes' }],
      database: { instanceClass: 'db.m7g.large', storageGb: 100, backup: { copies: [{ region: 'eu-west-1' }] } },
      cache: { nodeType: 'cache.m7g.large' },
    },
  ],
});
