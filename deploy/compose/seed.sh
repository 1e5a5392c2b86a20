# Make the repository of compose.yaml from the example, unless it is there.
set -eu
bare=/data/images.git
if git -C "$bare" rev-parse --quiet --verify main >/dev/null 2>&1; then
  echo "$bare is there already."
  exit 0
fi
work=$(mktemp -d)
example=$(python3 -c 'from reconciler.resources import example_repository; print(example_repository())')
cp -R "$example/." "$work"
find "$work" -type f -exec sed -i 's/registry\.example\.com/registry:5000/g' {} +

export GIT_AUTHOR_NAME=seed GIT_AUTHOR_EMAIL=seed@localhost GIT_COMMITTER_NAME=seed GIT_COMMITTER_EMAIL=seed@localhost
git init --quiet --bare --initial-branch=main "$bare"
git -C "$work" init --quiet --initial-branch=main
git -C "$work" add --all
git -C "$work" commit --quiet --message "Start with the example"
git -C "$work" push --quiet "$bare" main
rm -rf "$work"
echo "$bare is made of the example."
