#!/bin/sh
# What make dist makes: the same bytes twice, a checksum that is right, a parts list that names what the
# build uses, and an owner for each file.
#
#   dist.sh SOURCE_ROOT BUILD
set -eu

root=$(realpath "$1") build=$(realpath "$2")
. "$root/tests/dist/common.sh"
git -C "$root" rev-parse --verify HEAD >/dev/null 2>&1 || skip "this is no checkout of git"

cd "$root"
for time in first second; do
    said "$tmp/$time.log" scripts/dist "$build" "$tmp/$time"
    (cd "$tmp/$time" && sha256sum -c --quiet weir-*.sha256) || fail "a checksum is wrong"
done
for file in "$tmp"/first/weir-*; do
    cmp "$file" "$tmp/second/${file##*/}" || fail "${file##*/} is another when it is made again"
done
mkdir "$tmp/tree"
tar -xzf "$tmp"/first/weir-[0-9]*.tar.gz -C "$tmp/tree" --strip-components=1
[ "$(git ls-tree -r --name-only HEAD | grep -cv '^debian/')" = "$(find "$tmp/tree" -type f -o -type l | wc -l)" ] ||
    fail "not all that is committed is packed"
[ -z "$(find "$tmp/tree" -mindepth 1 -newermt "@$(($(git log -1 --format=%ct) + 1))")" ] ||
    fail "something is newer than its commit"

python3 - "$tmp"/first/weir-*.spdx.json <<'END'
import json, sys
parts = json.load(open(sys.argv[1]))
names = {p['name'] for p in parts['packages']}
ids = {p['SPDXID'] for p in parts['packages']} | {parts['SPDXID']}
assert parts['spdxVersion'] == 'SPDX-2.3' and {'weir', 'zlib'} <= names, names
assert all(r['relatedSpdxElement'] in ids for r in parts['relationships'])
assert all(p['licenseDeclared'] and p['downloadLocation'] for p in parts['packages'])
END

# Whose each file is; `reuse lint` says so where there is one that knows REUSE.toml, these lines anywhere.
python3 - "$tmp/tree" <<'END'
import os, re, sys, tomllib
tree = sys.argv[1]
rows = tomllib.load(open(f'{tree}/REUSE.toml', 'rb'))['annotations']
texts = {f.removesuffix('.txt') for f in os.listdir(f'{tree}/LICENSES')}
used = {word for r in rows for word in re.split(r' (?:AND|OR) ', r['SPDX-License-Identifier'])}
assert used == texts, f'licences named {used}, there are texts of {texts}'
missing = [r['path'] for r in rows if r['path'] != '**' and not os.path.exists(f"{tree}/{r['path']}")]
assert not missing, f'REUSE.toml names {missing}'
END
reuse=$(command -v reuse || true)
if [ -n "$reuse" ] && "$reuse" --version | grep -qE 'version ([4-9]|[1-9][0-9])\.'; then
    said "$tmp/reuse.log" "$reuse" --root "$tmp/tree" lint
fi
echo "twice the same, $(find "$tmp/tree" -type f | wc -l) files, $(stat -c %s "$tmp"/first/weir-[0-9]*.tar.gz) bytes"
