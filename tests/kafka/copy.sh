#!/bin/sh
# examples/kafka_copy: all that was there is in the other topic, and it ends when it is told to.
#
#   copy.sh CLUSTER COPY WORKER
set -eu

# A simulation waits for no brokers.
case ${WEIR_DRIVER:-} in sim) exit 77 ;; esac

cluster=$(realpath "$1") copy=$(realpath "$2") worker=$(realpath "$3")
folder=$(mktemp -d)
started=
finish() {
    for process in $started; do
        kill "$process" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

mkfifo in
"$cluster" 1 <in >out &
exec 3>in
printf 'topic a 2\ntopic b 2\npublish a 300\n' >&3
tries=0
until [ "$(wc -l <out)" -eq 4 ]; do
    tries=$((tries + 1))
    [ $tries -lt 1000 ]
    sleep 0.02
done
brokers=$(head -n 1 out)

"$copy" "$brokers" a copiers b >copied &
copier=$!
started=$copier
"$worker" "$brokers" b seen durable &
started="$started $!"
until [ -f seen ] && [ "$(wc -l <seen)" -eq 300 ]; do
    tries=$((tries + 1))
    [ $tries -lt 3000 ]
    sleep 0.02
done
kill "$copier"
wait "$copier"
grep -qx '300 copied' copied
[ "$(sort -n seen)" = "$(seq 0 299)" ]
