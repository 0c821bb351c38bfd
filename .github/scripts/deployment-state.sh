#!/usr/bin/env bash
# Writes how a release stands into its deployment at GitHub. Usage: deployment-state.sh DEPLOYMENT RELEASE
# In: GREENROOM, ENVIRONMENT, GH_TOKEN, GITHUB_REPOSITORY.
set -euo pipefail

deployment=$1
release=$2
greenroom="$GREENROOM/bin/greenroom.cjs"
# Reads a member of a member of the JSON document on stdin; empty where there is none.
member() { node -e 'const { [process.argv[1]]: part } = JSON.parse(require("fs").readFileSync(0)); console.log(part?.[process.argv[2]] ?? "")' "$1" "$2"; }

outcome=$("$greenroom" history "$release" -e "$ENVIRONMENT" --json | member record outcome)
live=$("$greenroom" status -e "$ENVIRONMENT" --json | member live release)

case $outcome in
  '') state=in_progress ;;
  # What was released and is not live any more was replaced or reverted, by whomever.
  released) if [ "$live" = "$release" ]; then state=success; else state=inactive; fi ;;
  *) state=failure ;;
esac

current=$(gh api "repos/$GITHUB_REPOSITORY/deployments/$deployment/statuses?per_page=1" --jq '.[0].state // empty')
if [ "$current" = "$state" ]; then exit 0; fi
gh api "repos/$GITHUB_REPOSITORY/deployments/$deployment/statuses" --method POST --silent \
  -f state="$state" -f description="${outcome:-under way}: $release" -F auto_inactive=false
echo "$release: $state"
