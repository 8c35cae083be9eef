#!/bin/sh
# Where io_uring is denied, as most containers do, or is not built in: the command gives what it gives
# elsewhere, and says so where it is asked. make check runs all tests like that.
#
#   no_uring.sh SOURCE_ROOT WEIR REFUSE
set -eu

. "$1/tests/dist/common.sh"
weir=$2 refuse=$3
printf 'GET / 200\nERROR /a\nGET /b 200\nERROR /c\n' | gzip >"$tmp/log.gz"
unset WEIR_DRIVER

count() { "$refuse" "$1" "$weir" "$tmp/log.gz" ! gunzip ! lines ! grep ERROR ! count; }

built_in=denied
WEIR_DRIVER=uring "$weir" "$tmp/log.gz" ! - 2>&1 >/dev/null | grep -q "this build has no io_uring" &&
    built_in=
for error in EPERM ENOSYS ENOMEM; do
    code=0
    counted=$(count "io_uring_setup=$error") || code=$?
    [ "$code" != 77 ] || skip "there is no seccomp"
    [ "$counted" = 2 ] || fail "with $error of io_uring_setup: '$counted' lines of 2"

    if WEIR_DRIVER=uring count "io_uring_setup=$error" >/dev/null 2>"$tmp/why"; then
        fail "WEIR_DRIVER=uring passes with $error of io_uring_setup"
    fi
    "$refuse" "io_uring_setup=$error" "$weir" doctor >"$tmp/doctor"
    cause=${built_in:+does not work here: io_uring_setup: }
    cause=${cause:-does not work here: this build has no io_uring}
    grep -q "the driver 'uring' $cause" "$tmp/why" || fail "the cause is missing: $(cat "$tmp/why")"
    grep -q "^  the driver 'epoll'" "$tmp/why" || fail "the cure is missing: $(cat "$tmp/why")"
    grep -q "^uring  *$cause" "$tmp/doctor" || fail "doctor: $(grep '^uring' "$tmp/doctor")"
    grep -q "^driver used  *epoll" "$tmp/doctor" || fail "doctor does not use epoll"
done
echo "io_uring is ${built_in:-not built in}: epoll, which is told"
