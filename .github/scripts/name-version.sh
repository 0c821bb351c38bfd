#!/usr/bin/env bash
# Says which version is built: the one asked for, or for a push to a branch v0.0.0-BRANCH.RUN.ATTEMPT, since a version is
# never published twice. In: VERSION, GITHUB_REF_NAME, GITHUB_RUN_NUMBER, GITHUB_RUN_ATTEMPT. Out: version in GITHUB_OUTPUT.
set -euo pipefail

version=${VERSION:-}
if [ -z "$version" ]; then
  # What a version may not contain becomes a hyphen; the whole suffix has at most 40 characters.
  branch=$(printf '%s' "$GITHUB_REF_NAME" | tr -c 'A-Za-z0-9.-' '-' | cut -c1-20)
  version="v0.0.0-$branch.$GITHUB_RUN_NUMBER.$GITHUB_RUN_ATTEMPT"
fi
if ! [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]{1,40})?$ ]]; then
  echo "::error::\"$version\" is no version of the form vX.Y.Z: tag the commit as v1.2.3 and push the tag"
  exit 1
fi
echo "version=$version" >>"$GITHUB_OUTPUT"
echo "Building $version of $GITHUB_REF_NAME"
