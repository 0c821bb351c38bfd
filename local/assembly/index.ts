export { synthesise } from './synthesise';
export { loadAssembly } from './load';
export type { Assembly, AssemblyOptions, AttributeSource, Resource } from './types';
