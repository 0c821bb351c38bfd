#!/usr/bin/env bash
# Starts a release and follows it to its end or to its approval. Tells GitHub by a deployment and the job's summary, and
# fails when the release did. In: GREENROOM, ENVIRONMENT, VERSION, GH_TOKEN, GITHUB_REPOSITORY, GITHUB_SHA,
# GITHUB_STEP_SUMMARY.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
greenroom="$GREENROOM/bin/greenroom.cjs"

# stdout's first line is the release id; progress goes to stderr, which the job's log shows.
"$greenroom" release "$VERSION" -e "$ENVIRONMENT" --until-approval --yes | tee "$log"
code=${PIPESTATUS[0]}
release=$(head -n 1 "$log")

if [ -n "$release" ]; then
  deployment=$(gh api "repos/$GITHUB_REPOSITORY/deployments" --method POST \
    -f ref="$GITHUB_SHA" -f environment="$ENVIRONMENT" -f task=greenroom \
    -f description="$VERSION" -F auto_merge=false -f 'required_contexts[]' -f "payload[release]=$release" --jq .id)
  if [ -n "$deployment" ]; then
    "$(dirname "$0")/deployment-state.sh" "$deployment" "$release"
  else
    echo "::warning::GitHub took no deployment for $release; the release itself goes on"
  fi
  {
    echo "### $VERSION in $ENVIRONMENT"
    echo '```'
    "$greenroom" history "$release" -e "$ENVIRONMENT"
    echo '```'
  } >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
