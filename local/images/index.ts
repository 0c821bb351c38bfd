export { buildChangelog, undeclaredFiles, type BuildChangelogOptions, type ChangelogArtifact } from './changelogs';
export { buildImage, buildPlaceholder, readVersions, type BuildImageOptions, type LocalImage } from './images';
export { FAULTS, type Fault } from '../../examples/notes/build';
