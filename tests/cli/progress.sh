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
# counts PIPELINE: what is said on standard input stands in the table of -v, numbers of polls aside.
counts() {
    expect 0 "$weir" -v "$@"
    awk '/^stage / { table = 1; next } table { $(NF - 1) = $NF = ""; sub(/ *$/, ""); print }' err >table
    cat >wanted
    same table wanted "$*: $(cat err)"
}
printf 'a,b\n1,2\n3,4\n' >two.csv
counts two.csv two.csv ! from csv ! where a gt 1 ! to csv <<'END'
two.csv 12 bytes
two.csv 12 bytes
from csv 4 records
where a gt 1 2 records
to csv 12 bytes
- 12 bytes
END
counts seq 5 ! batch 2 ! par 2 exec echo ! unbatch ! sort ! null <<'END'
seq 5 5 lines
batch 2 3 batches
par 2 exec echo 3 results
unbatch 3 lines
sort 3 lines
null 10 bytes
END
counts two.csv ! tee t ! null + t. ! lines ! grep 1 ! count ! null <<'END'
two.csv 12 bytes
tee t 12 bytes
null 12 bytes
t. 12 bytes
lines -
grep 1 1 lines
count 2 bytes
null 2 bytes
END
rm two.csv table wanted
expect 0 "$weir" -v small ! gzip ! null
mentions "stage"
mentions "gzip"

mkfifo pipe
# feed FILE TEXT: through the pipe comes all but the last bytes, and those when TEXT is in FILE.
feed() {
    rm -f "$1"
    (cat zeros; soon grep -qa "$2" "$1"; cat small) >pipe &
}
feed err '"bytes":314572800,.*"done":false'
expect 0 "$weir" --progress=json pipe ! null
wait
grep -q '"done":false' err || { fail "no object a second"; cat err; }
grep -q '"total"' err && fail "the size of a pipe is not known"
tail -1 err | grep -q '"bytes":314572805,.*"done":true' || { fail "last object"; cat err; }

feed err 'pipe 31[45] MB'
expect 0 "$weir" --progress=line pipe ! null
wait
grep -q 'pipe 31[45] MB .*/s 0:[0-9]*[1-9]' err || { fail "line"; cat -v err; }
tail -c 4 err | cat -v | grep -qF '^M^[[K' || { fail "the line does not go away"; tail -c 20 err | cat -v; }

# -v where no terminal is: a table of what the stages do, each five seconds, and one at the end.
if [ "${WEIR_DRIVER:-}" != sim ]; then
    mkfifo quiet # -q: none
    rm err
    began=$(date +%s)
    (cat zeros; soon grep -q 'runnable$' err; cat small) | tee pipe >quiet &
    "$weir" -v -q quiet ! null 2>quiet.err &
    expect 0 "$weir" -v pipe ! gzip level=1 ! null
    wait
    tables=$(grep -c '^stage  *out  *rate  *busy  *starved  *blocked  *runnable$' err)
    took=$(($(date +%s) + 1 - began))
    [ "$tables" -ge 1 ] && [ "$tables" -le $((took / 5)) ] ||
        { fail "$tables tables, one each five seconds, in $took s"; cat err; }
    [ "$(grep -c '^gzip level=1 .* [kMG]*B  .* [kMG]*B/s  *[0-9]*%  *[0-9]*%  *[0-9]*%  *[0-9]*%$' err)" -eq "$tables" ] ||
        { fail "its row"; cat err; }
    grep -q '^stage  *out  *polls  *waits$' err || fail "no table at the end"
    [ "$(grep -c '^stage' quiet.err)" -eq 1 ] || fail "-q, and a table while it runs"
    # The one that works is named, and -v shows all of them over the line.
    expect 0 "$weir" -v --progress=line random 80M ! gzip level=9 ! gunzip ! null
    grep -qa ' | slowest: gzip level=9 ([0-9]*% busy)' err || { fail "the slowest"; cat -v err; }
    grep -qa '^.*stage  *out  *rate  *busy' err || { fail "no table over the line"; cat -v err; }
    grep -qaF "$(printf '\r\033[5A\033[J')" err || { fail "the table does not go away"; cat -v err; }
fi

# In a terminal, unasked, after a second; and not before.
command -v script >/dev/null || skip "no program 'script' to make a terminal"
feed typescript 'pipe .*/s'
script -qefc "'$weir' pipe ! gzip level=1 ! null" typescript >/dev/null </dev/null
wait
grep -q 'pipe .*/s' typescript || { fail "no line in a terminal"; cat -v typescript; }
for _ in $(seq 20); do # until one takes no second itself
    began=$(date +%s%N)
    script -qec "'$weir' small ! null" typescript >/dev/null </dev/null
    [ $(($(date +%s%N) - began)) -ge 1000000000 ] && continue
    grep -q '/s' typescript && fail "a line before a second has passed"
    exit 0
done
skip "this machine is too slow for what takes less than a second"
