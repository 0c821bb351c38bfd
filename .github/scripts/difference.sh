#!/usr/bin/env bash
# Synthesises the stacks of the base commit and of the work tree, and writes what differs as Markdown. It needs no
# credentials: templates are compared, not accounts. Usage: difference.sh FILE. In: BASE, GITHUB_STEP_SUMMARY.
set -euo pipefail

file=$1
work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" 2>/dev/null || true; rm -rf "$work"' EXIT

git worktree add --quiet --detach "$work/base" "$BASE"
# The base's own versions of everything, unless they are the same.
if cmp -s package-lock.json "$work/base/package-lock.json"; then
  cp -R node_modules "$work/base/node_modules"
else
  (cd "$work/base" && npm ci --no-audit --no-fund >/dev/null)
fi
(cd "$work/base" && node_modules/.bin/cdk synth --quiet --output "$work/before")
node_modules/.bin/cdk synth --quiet --output "$work/after"

# What load balancers and services have of the container.
shape() { node -e 'for (const { Type, Properties } of Object.values(require(process.argv[1]).Resources)) if (Type === "Custom::LiveShape") console.log(JSON.stringify(Properties))' "$1"; }

changed=0
{
  echo '### Changes of the stacks'
  for template in "$work"/after/*.template.json; do
    stack=$(basename "$template" .template.json)
    before="$work/before/$stack.template.json"
    if [ ! -f "$before" ]; then
      changed=1
      echo "- **$stack** is new"
    elif ! cmp -s "$before" "$template"; then
      changed=1
      echo "<details><summary>$stack</summary>"
      printf '\n```\n'
      # Without --exclusively it refuses a stack that others stand before.
      node_modules/.bin/cdk diff "$stack" --exclusively --app "$work/after" --template "$before" --no-color \
        >"$work/difference" 2>&1 || { cat "$work/difference" >&2; exit 1; }
      head -c 12000 "$work/difference"
      if [ "$(wc -c <"$work/difference")" -gt 12000 ]; then printf '\n… and more: npx cdk diff %s\n' "$stack"; fi
      printf '\n```\n</details>\n'
      if ! cmp -s <(shape "$before") <(shape "$template"); then
        echo "- **$stack**: container name, port or readiness path. Refused while a version runs: docs/runbook.md, \"Changing port or readiness path\""
      fi
    fi
  done
  for before in "$work"/before/*.template.json; do
    stack=$(basename "$before" .template.json)
    if [ ! -f "$work/after/$stack.template.json" ]; then
      changed=1
      echo "- **$stack** is gone: CloudFormation leaves its resources alone until somebody deletes the stack"
    fi
  done
  if [ "$changed" = 0 ]; then echo 'None.'; fi
} >"$file"
# A comment has at most 65,536 characters.
if [ "$(wc -c <"$file")" -gt 60000 ]; then
  head -c 60000 "$file" >"$file.short"
  printf '\n```\n\nToo long to show the rest.\n' >>"$file.short"
  mv "$file.short" "$file"
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$file" >>"$GITHUB_STEP_SUMMARY"; fi
