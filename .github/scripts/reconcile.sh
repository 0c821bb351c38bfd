#!/usr/bin/env bash
# Brings GitHub's deployments of an environment and the record branch to what the ledger says: releases that ended after
# their job, and reverts that no workflow saw. In: GREENROOM, ENVIRONMENT, GH_TOKEN, GITHUB_REPOSITORY.
set -euo pipefail

here=$(dirname "$0")
failed=0
"$GREENROOM/bin/greenroom.cjs" record -e "$ENVIRONMENT" --yes || failed=1

deployments=$(gh api "repos/$GITHUB_REPOSITORY/deployments?environment=$ENVIRONMENT&task=greenroom&per_page=30" \
  --jq '.[] | [.id, .payload.release] | @tsv')
while IFS=$'\t' read -r deployment release; do
  if [ -z "$release" ]; then continue; fi
  "$here/deployment-state.sh" "$deployment" "$release" || failed=1
done <<<"$deployments"
exit "$failed"
