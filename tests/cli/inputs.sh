#!/bin/sh
# Inputs that are outputs, inputs that only some may read, and what is left of standard input.
. "$(dirname "$0")/common.sh"

exec 4>&1
seq 2000 >a.log
seq 200000 >large.log
echo small >small

# refused COMMAND...: it ends at once, and says that an input is the output.
refused() {
    (
        ulimit -f 4096
        trap '' XFSZ
        timeout 60 "$@" 2>err
    )
    status=$?
    [ $status -eq 1 ] || fail "status $status: $*" >&4
    mentions "this input is the output too" >&4
}

: >z.log
refused "$weir" a.log z.log ! - >z.log
[ "$(wc -c <z.log)" -le "$(wc -c <a.log)" ] || fail "it grew to $(wc -c <z.log) bytes"
: >z.log
refused "$weir" large.log z.log ! gzip level=0 ! - >>z.log
: >z.log
ln z.log link.log
refused "$weir" a.log small link.log ! ./z.log append
: >z.log
refused "$weir" a.log - ! - <z.log >>z.log
: >z.log
refused "$weir" a.log /dev/stdin ! ./z.log append <z.log
rm link.log
ln -s /dev/stdout by-link
for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 ./by-link; do
    cp a.log z.log
    refused "$weir" z.log ! $name >>z.log
    : >z.log
    refused "$weir" a.log z.log ! $name >>z.log
done

# A file that cannot be replaced is written in place, and so must not be read.
cp a.log b.log
ln b.log c.log
refused "$weir" b.log ! gzip ! ./c.log
same a.log b.log "read and written in place"
refused "$weir" b.log ! ./c.log append
refused "$weir" small b.log ! ./c.log
refused "$weir" small - ! ./c.log <b.log
same a.log b.log "a later source that would be written in place"
rm c.log

# What is fine: an empty one alone, one that is replaced, one that was read to its end.
: >z.log
expect 0 "$weir" z.log ! ./z.log
"$weir" z.log >>z.log || fail "an empty one"
[ -s z.log ] && fail "it is not empty any more"
expect 0 "$weir" b.log ! lines ! take 3 ! ./b.log
[ "$(wc -l <b.log)" -eq 3 ] || fail "a file through a chain into itself"
{
    cat >/dev/null
    "$weir" - small >>b.log
} <b.log || fail "one that was read to its end"

# What was not used of a file on standard input is there for who comes next.
seq 5 >five
for chain in "take 2" "grep 2 ! take 1" "head 2 ! count" "skip 1 ! take 1"; do
    # shellcheck disable=SC2086
    { "$weir" - ! lines ! $chain >/dev/null && cat; } <five >out
    tail -n 3 five | cmp -s - out || fail "$chain leaves: $(tr '\n' ' ' <out)"
done
{ "$weir" - small ! lines ! take 2 >/dev/null && cat; } <five >out
tail -n 3 five | cmp -s - out || fail "before another file: $(tr '\n' ' ' <out)"
{ "$weir" - ! lines ! grep nothing >/dev/null && cat; } <five >out
[ -s out ] && fail "all of it was used"

# A first input that cannot be opened: nothing has happened yet. A later one: something has.
mkdir directory
expect 2 "$weir" small directory ! ./out.txt
complains "weir: directory: cannot read: is a directory
  small directory ! ./out.txt
        ^~~~~~~~~ 'directory/*' are the files in it"
expect 1 "$weir" small ! ./one.txt + directory ! ./out.txt
mentions "directory: cannot read"
[ -s one.txt ] && [ ! -e out.txt ] || fail "which of two chains was run"

# Capabilities and ids: what cat may read.
[ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "the rest needs root and setpriv"
chmod 755 "$work"
cp "$weir" ./weir
chmod 600 small
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
expect 2 as_nobody ./weir small ! null
complains "weir: small: cannot open: permission denied
  small ! null
  ^~~~~ look at the permissions of the file"
backup() {
    setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+dac_read_search \
        --ambient-caps=+dac_read_search "$@"
}
if backup cat small >/dev/null 2>&1; then
    expect 0 backup ./weir small ! lines ! count
    prints 1
fi
