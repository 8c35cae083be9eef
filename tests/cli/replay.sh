#!/bin/bash
# docs/terminal.txt: what stands behind `$ ` is typed again, and what comes out is what stands
# there, numbers aside. With UPDATE=1 it is written anew, of the lines that are typed in it.
. "$(dirname "$0")/common.sh"
for needed in zstd to sha256; do
    "$weir" stages $needed | grep -q '^  not in this build' && skip "this build has no $needed"
done
"$weir" doctor | grep -q '^ISA-L  *built in' || skip "this build has no ISA-L: explain says so"
WEIR_DRIVER=epoll
export WEIR_DRIVER
page=$here/../../docs/terminal.txt
mkdir bin typed
ln -s "$weir" bin/weir
PATH=$work/bin:$PATH

# Each typed line, and behind it what it says; empty lines stay.
cd typed || exit 1
while IFS= read -r line; do
    case $line in
    '$ '*)
        printf '%s\n' "$line"
        eval "${line#\$ }" 2>&1 </dev/null
        ;;
    '') echo ;;
    esac
done <"$page" >../replayed
cd ..

# Above it stands what it is.
sed '/^\$ /,$d' "$page" >head
cat -s head replayed >all
# Numbers, and the room that they take.
masked() { sed -E 's/[0-9][0-9.,]*/N/g; s/  +/  /g; s/-{3,}/---/g' "$1"; }
[ -z "$UPDATE" ] || cp all "$page"
masked "$page" >wanted
masked all >found
cmp -s wanted found || { fail "docs/terminal.txt" && diff wanted found | sed 's/^/    /'; }
[ "$(grep -c '^\$ weir' "$page")" -ge 15 ] || fail "few lines are typed"
