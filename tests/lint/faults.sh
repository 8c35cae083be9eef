#!/bin/sh
# weir lint: what a libclang that goes wrong, the kernel and a terminal do to it. It says which file
# it knows nothing of, and goes on with the others.
#
#   faults.sh WEIR FALSE_CLANG REFUSE PTY
false_clang=$(realpath "$2") refuse=$(realpath "$3") pty=$(realpath "$4")
cli=$(cd "$(dirname "$0")/../cli" && pwd)
. "$cli/common.sh"
. "$cli/lint_common.sh"
ulimit -c 0

loop server.c
good util.c

# ---- which libclang ----

expect 2 env WEIR_LIBCLANG=libc.so.6 "$weir" lint server.c
mentions 'libclang has no clang_'
mentions '14 or later is wanted'
expect 1 env WEIR_LIBCLANG= "$weir" lint server.c -- -I"$include"

# ---- one that goes wrong ----

# gone WHAT SENTENCE: what is said of a file where libclang does that; the others' are said too.
gone() {
    expect 3 env WEIR_LIBCLANG="$false_clang" FALSE_CLANG="$1" timeout 60 "$weir" lint server.c util.c
    mentions "lint: server.c: $2"
    mentions "lint: util.c: $2"
    mentions '0 findings in 2 files, 2 not parsed'
    [ ! -s out ] || fail "$1: findings of a file that was not parsed"
}
gone crashes 'the compiler crashed on it'
gone refuses 'the compiler does not take these flags, or there is no such file'
gone fails 'the compiler could not parse it'
gone dies 'libclang died of it: Segmentation fault'
gone computes 'it took more than 120 seconds of CPU'
gone waits 'it took more than 600 seconds'
gone exits 'its process ended with status 7'
gone 'is silent' 'what its process said is not whole'
gone talks 'libclang died of it: Killed'
expect 3 env WEIR_LIBCLANG="$false_clang" FALSE_CLANG=dies "$weir" lint --stats server.c
grep -q '^files not parsed *1$' err || fail "one file is not parsed: $(cat err)"
expect 3 env WEIR_LIBCLANG="$false_clang" FALSE_CLANG=dies "$weir" lint -v --fail-on=none server.c

# ---- a sandbox ----

if "$refuse" fsync=EPERM true 2>/dev/null; then
    run "$refuse" clone=EAGAIN "$weir" lint server.c util.c -- -I"$include"
    if [ "$status" -ne 1 ]; then # a C library may have another call for it
        mentions 'lint: server.c: no process can be started for it: resource temporarily unavailable'
        mentions '0 findings in 2 files, 2 not parsed'
        [ "$status" -eq 3 ] || fail "without processes: status $status"
    fi
    expect 3 "$refuse" pipe2=EMFILE "$weir" lint server.c -- -I"$include"
    mentions 'lint: server.c: no process can be started for it: too many open files'
    expect 1 "$refuse" sched_getaffinity=EPERM,prlimit64=EPERM "$weir" lint server.c -- -I"$include"
    printf '/* weir-lint: allow(sequential_loops) x */\nint x;\n' >unused.c
    cp unused.c before.c
    for call in fsync=EIO fchmod=EPERM rename=EXDEV; do
        run "$refuse" $call "$weir" lint --fix unused.c -- -std=gnu11
        [ "$status" -ne 77 ] || continue
        [ "$status" -eq 1 ] || fail "$call: status $status"
        mentions 'lint: unused.c: cannot write: '
        mentions 'it is as it was'
        mentions '1 finding in 1 file'
        grep -q fixed err && fail "$call: it is called fixed"
        same before.c unused.c "$call"
        [ -z "$(ls -A | grep weir-)" ] || fail "$call: left over: $(ls -A)"
    done
    expect 1 "$refuse" openat.2.0x1=EACCES "$weir" lint server.c -- -I"$include"
    mentions '1 finding in 1 file'
fi

# ---- few processes: the others wait for one that ends ----

many=
for n in 1 2 3 4 5 6 7 8 9 10; do
    cp util.c "util$n.c"
    many="$many util$n.c"
done
expect 0 "$weir" lint -j3 $many -- -I"$include"
mentions '0 findings in 10 files'
bash -c "ulimit -n 24; exec '$weir' lint -j 64 $many server.c -- -I'$include'" >out 2>err
[ $? -eq 1 ] || fail "with few descriptors: $(cat err)"
mentions '1 finding in 11 files'

# ---- a terminal ----

if "$pty" e 80 "$weir" --version >/dev/null 2>&1; then
    expect 3 env WEIR_LIBCLANG="$false_clang" FALSE_CLANG='is slow' "$pty" e 80 \
        "$weir" lint -j1 $many
    grep -q 'lint: [1-9] of 10 files' out || fail "no progress is shown: $(cat out)"
    grep -q 'lint: util10.c: the compiler could not parse it' out || fail 'the last file is missing'
    expect 0 "$pty" e 80 "$weir" lint util1.c util2.c -- -I"$include"
    ! grep -q 'of 2 files' out || fail 'progress of two files is shown'
fi
