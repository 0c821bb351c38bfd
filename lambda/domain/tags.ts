/** Tag of a revision, an instance or a snapshot: the release or restore that made it. */
export const RELEASE_TAG = 'greenroom:release';

/** The mutable tag of an image: the digest that is live. Every other tag, once pushed, names one image for ever. */
export const LIVE_TAG = 'live';
