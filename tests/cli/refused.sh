#!/bin/sh
# Sandboxes: each system call the command makes is refused, one after the other. What comes of it is
# the right output, or an error with a message; always an end, and never a hidden file.
#
#   refused.sh WEIR REFUSE
#
# CHECK=long: each call with each answer, on each driver and over each pipeline.
case $2 in
/*) refuse=$2 ;;
*) refuse=$PWD/$2 ;;
esac
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim is not where sandboxes are"
ulimit -c 0
"$refuse" fsync=EPERM true 2>/dev/null || skip "no seccomp here"

# The calls of `strace -fc` over the pipelines below, and those that come in place of a refused one.
# CALL.N.MASK: those whose argument N has such a bit, where no program can be loaded without the
# others: read, pread64, fstat and close of a descriptor from 4 on, write but to standard error, mmap
# of the ring, openat of O_WRONLY, O_CREAT, O_TMPFILE and O_DIRECTORY.
#
# Left out, since neither the loader nor the libc lives without them: execve, exit_group, brk,
# mprotect, arch_prctl, set_tid_address, set_robust_list, rseq, and futex, without which glibc aborts.
#
# These have another way, or only adorn: the output must be right.
needless='copy_file_range epoll_pwait2 fgetxattr flistxattr fremovexattr fsetxattr getrandom
io_uring_enter io_uring_register io_uring_setup ioctl linkat lseek mmap.3.0x8000 munmap
openat.2.0x400000 preadv2 prlimit64 pwritev2 rt_sigaction rt_sigpending rt_sigprocmask
rt_sigtimedwait splice statx sync_file_range poll=EPERM,preadv2=EPERM,pwritev2=EPERM,splice
ppoll=EPERM,preadv2=EPERM,pwritev2=EPERM,splice'
# Without these it may be an error. What younger processors do by other calls stands there twice.
needed='access close.0.0xfffffffc epoll_create1 epoll_ctl epoll_pwait epoll_pwait2=EPERM,epoll_wait
eventfd2 faccessat faccessat2 fchmod fchown fcntl fsync ftruncate newfstatat.0.0xfffffffc
openat.2.0x1 openat.2.0x40 openat.2.0x10000 poll ppoll pread64.0.0xfffffffc read.0.0xfffffffc
readlink readlinkat renameat unlinkat write.0.0xfffffffd'

# Each pipeline leaves what it wrote in `got`, or as files/out.
replace() {
    echo old >files/out
    cage text ! gzip ! files/out
}
fresh() {
    cage text ! gzip ! files/out
}
append() {
    echo old >files/out
    cage text ! files/out append
}
pipes() { # the second half comes later: it has to wait
    { cat half; sleep 0.01; cat half; } | { cage - ! lines ! grep 7; echo $status >code; } | cat >got
    read -r status <code
}
moved() { # by the kernel, where it can
    { cat half; sleep 0.01; cat half; } | { cage -; echo $status >code; } | cat >got
    read -r status <code
}
standard() {
    cage - ! gzip <text >got
}
# From one to another, both in the sandbox.
sent() {
    rm -f near # of the run before
    timeout -s KILL 30 "$refuse" "$call=$answer" "$weir" tcp-listen:127.0.0.1:0 ! files/out 2>near &
    near=$!
    listening near
    cage text ! tcp:$address
    wait $near || fail "a listener: $call=$answer ${WEIR_DRIVER:-}: $(cat near)"
}
cage() {
    timeout -s KILL 30 "$refuse" "$call=$answer" "$weir" "$@" 2>err
    status=$?
}

# try PIPELINE: all of it came, or a message, and then the old file is there, or none. A new one may
# have its name although what came later failed.
try() {
    $1
    what="$call=$answer ${WEIR_DRIVER:-} $1"
    wrote=got
    [ ! -e files/out ] || wrote=files/out
    case $status in
    77) ;; # no such call here
    0) same $wrote right.$1 "exit 0: $what" ;;
    1 | 2)
        [ -s err ] || fail "no message: $what"
        case $1 in
        replace) read -r line <files/out && [ "$line" = old ] || same files/out right.$1 "$what" ;;
        fresh) [ ! -e files/out ] || same files/out right.$1 "$what" ;;
        esac
        case " "$needless" " in *" $call "*) fail "it could have been done: $what: $(head -1 err)" ;; esac
        ;;
    *) fail "status $status: $what: $(head -1 err)" ;;
    esac
    tried=$((tried + 1))
    rm -f got files/out
    for left in files/.[!.]* files/*; do
        [ ! -e "$left" ] || { fail "left $left: $what"; rm -rf files; mkdir files; }
    done
}

# over DRIVER ANSWERS PIPELINE...; none: the best there is.
over() {
    WEIR_DRIVER=$1 answers=$2
    export WEIR_DRIVER
    shift 2
    [ "$WEIR_DRIVER" != best ] || unset WEIR_DRIVER
    for call in $needless $needed; do
        for answer in $answers; do
            for pipeline in "$@"; do
                try $pipeline
            done
        done
    done
}

# doctor CALL DRIVER: with that call refused it does not say that the driver works, but why not.
doctor() {
    run timeout -s KILL 30 "$refuse" "$1=EPERM" "$weir" doctor
    grep "^$2 " out | grep -q "does not work here: ${3:-$1}.*: Operation not permitted" ||
        { fail "doctor without $1"; cat out err; }
}

mkdir files
seq 10000 >half
cat half half >text
"$weir" text ! gzip ! right.replace
cp right.replace right.fresh
cp right.replace right.standard
cp text right.moved
cp text right.sent
grep 7 text >right.pipes
{ echo old; cat text; } >right.append
tried=0
asked=${WEIR_DRIVER:-}
if [ "${CHECK:-}" = long ]; then
    all="replace fresh append pipes moved standard"
    [ "$asked" = epoll ] || over best "EPERM ENOSYS EACCES" $all
    [ "$asked" = uring ] || over epoll "EPERM ENOSYS EACCES" $all
else
    [ "$asked" = epoll ] || over best EPERM replace pipes
    [ "$asked" = uring ] || over epoll ENOSYS fresh append
    needed=
    [ "$asked" = epoll ] || over best EPERM moved
fi

# Of io_uring_register: 0x2 are the rings of blocks, 0x10 those and the registered descriptor, 0x8
# the probe and the late start, 0x4 all but the probe.
needless='io_uring_setup io_uring_register io_uring_register.1.0x2 io_uring_register.1.0x10
io_uring_register.1.0x8 io_uring_register.1.0x4 io_uring_enter getpeername sendfile splice'
needed=
[ "$asked" = epoll ] || over best "EPERM EINVAL" sent
[ "$asked" = uring ] || over epoll EPERM sent
echo "$tried runs"

unset WEIR_DRIVER
# What cannot be given back of standard input is said, once, and is no failure.
seq 5 >five
{ "$refuse" lseek=EPERM "$weir" - ! lines ! take 2 + - ! lines ! take 1 >got 2>err; status=$?; } <five
[ "$status" -eq 0 ] || fail "status $status: a refused lseek"
complains "weir: standard input: cannot give back what was not used: operation not permitted
  who reads it next finds less than was left"
{ "$refuse" lseek=EPERM "$weir" - ! lines ! count >got 2>err; } <five
[ ! -s err ] || fail "nothing was left: $(cat err)"

doctor epoll_create1 epoll
doctor epoll_ctl epoll
doctor epoll_pwait2=EPERM,epoll_wait epoll epoll_wait
if "$weir" doctor | grep -q '^uring  *works'; then
    doctor io_uring_setup uring
    doctor io_uring_register uring
    doctor io_uring_enter uring
fi
