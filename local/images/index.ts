export { buildChangelog, undeclaredFiles } from './changelogs';
export { buildImage, buildPlaceholder, readVersions, type LocalImage } from './images';
export { FAULTS, type Fault } from '../../examples/notes/build';
