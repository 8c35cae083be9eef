#!/bin/bash
# How far it is: never where nobody looks, JSON when asked, a line in a terminal that goes away.
. "$(dirname "$0")/common.sh"

echo text >small
truncate -s 300M zeros
expect 0 "$weir" small ! null
[ ! -s err ] || fail "progress where nobody looks"
expect 0 "$weir" --progress=json small ! null
grep -qx '{"bytes":5,"total":5,"bytes_per_second":[0-9]*,"seconds":[0-9.]*,"done":true}' err ||
    { fail "json"; cat err; }
expect 0 "$weir" --progress=json -q small ! null
[ ! -s err ] || fail "-q"
expect 0 "$weir" -v small ! gzip ! null
mentions "stage"
mentions "gzip"

mkfifo pipe
(cat zeros; sleep 1.6; cat small) >pipe &
expect 0 "$weir" --progress=json pipe ! null
wait
[ "$(grep -c '"done":false' err)" -ge 1 ] || { fail "no object a second"; cat err; }
grep -q '"total"' err && fail "the size of a pipe is not known"
tail -1 err | grep -q '"bytes":314572805,.*"done":true' || { fail "last object"; cat err; }

(cat zeros; sleep 1.6; cat small) >pipe &
expect 0 "$weir" --progress=line pipe ! null
wait
grep -q 'pipe 31[45] MB .*/s 0:01' err || { fail "line"; cat -v err; }
tail -c 4 err | cat -v | grep -qF '^M^[[K' || { fail "the line does not go away"; tail -c 20 err | cat -v; }

# In a terminal, unasked, after a second; and not before.
command -v script >/dev/null || skip "no program 'script' to make a terminal"
(cat zeros; sleep 1.6; cat small) >pipe &
script -qec "'$weir' pipe ! gzip level=1 ! null" typescript >/dev/null </dev/null
wait
grep -q 'pipe .*/s' typescript || { fail "no line in a terminal"; cat -v typescript; }
script -qec "'$weir' small ! null" typescript >/dev/null </dev/null
grep -q '/s' typescript && fail "a line before a second has passed"
exit 0
