#!/bin/sh
# What is printed for people, as it was agreed on: golden/NAME. With UPDATE=1 it is written anew.
. "$(dirname "$0")/common.sh"
golden=$here/golden
WEIR_DRIVER=epoll
export WEIR_DRIVER

# check NAME COMMAND...: stdout is golden/NAME.
check() {
    name=$1
    shift
    expect 0 "$@"
    [ -z "$UPDATE" ] || cp out "$golden/$name"
    if ! cmp -s "$golden/$name" out; then
        fail "golden/$name"
        diff "$golden/$name" out | sed 's/^/    /'
    fi
}

check help "$weir" help
check help "$weir" --help
for command in stages doctor help; do # they have no page of their own
    check help "$weir" $command --help
done
check help-grammar "$weir" help grammar
for page in explain lint profile relay run serve tap top; do
    check help-$page "$weir" help $page
    check help-$page "$weir" $page --help
    check help-$page "$weir" $page -h
done
# The examples of these pages are right: each has a plan, and those that end do so.
printf 'GET / 200\nERROR disk\n' >app.log
cp app.log a.log && cp app.log b.log && cp app.log in.log
for page in explain serve grammar; do
    "$weir" help $page | sed -n '/:=\|\.\.\.\|PIPELINE\|FILE\|SINK/d; s/^  weir //p' >examples
    [ -s examples ] || fail "no examples on the page of $page"
    while read -r example; do
        expect 0 sh -c "'$weir' explain ${example#explain }"
        [ $page != grammar ] || expect 0 sh -c "'$weir' $example"
    done <examples
done
[ "$(cat three four | wc -l)" -eq 7 ] && [ -s both.gz ] && [ -s in.log.gz ] || fail "examples"
rm app.log a.log b.log in.log both.gz in.log.gz three four examples

# lists NAME WORD...: what is listed is the same where a library is missing, but for saying so.
lists() {
    golden_name=$1
    shift
    check "$golden_name" sh -c '"$@" | sed "s/ (not in this build)\$//; /^  not in this build, /d"' \
        sh "$weir" "$@"
}
lists stages stages
for word in stages help; do
    # shellcheck disable=SC2046 # words
    lists stages-each $word $("$weir" stages | sed -n 's/^\([a-z0-9-]\{2,\}:\{0,1\}\).*/\1/p')
done
if "$weir" doctor | grep -q '^ISA-L  *built in'; then # what gzip and gunzip hold is their library's
    check explain-gzip "$weir" explain access.log ! gzip ! access.log.gz
    check explain-threads "$weir" explain big.iso ! gzip threads=4 ! gunzip ! null
    check explain-count "$weir" explain access.log.gz ! gunzip ! lines ! grep ERROR ! count
    check explain-stdio "$weir" explain - ! gunzip ! -
fi
check explain-lines "$weir" explain app.log ! lines ! grep ERROR ! to lines ! errors.log
check explain-newlines "$weir" explain a.log b.log ! lines max=64K ! count
check explain-copies "$weir" explain big.iso ! copy.iso + big.iso ! log.txt append + - ! - + \
    a.log b.log ! both.log + - ! null </dev/null
check explain-chains "$weir" explain a.log - ! lines ! grep -v x ! head ! out.log append + \
    b.log ! lines ! skip 3 ! take 4 ! n.txt sync=no + c.log ! null
if "$weir" doctor | grep -q '^TLS  *built in'; then
    check explain-net "$weir" explain tcp-listen:9000 ! buffer 256M ! recv.bin + \
        - ! rate 20M ! timeout 10s ! tcp:db2:9000 + tail app.log wait ! lines ! grep ERROR ! unix:/run/a.sock + \
        exec:'pg_dump shop' ! tls:backup:7443 + glob '*.raw' ! count + watch inbox
fi
check explain-serve "$weir" explain serve tcp-listen:7,max=50 ! -
check explain-exec "$weir" explain glob 'img/*.raw' ! par 4 exec 'convert {} {.}.png' ! print + \
    seq 10 ! batch 3 every=1s ! par 2 keep-order exec 'echo {}' log=job.log resume max=64K on-error=skip ! unbatch ! ./n.txt + \
    in.txt ! exec 'sort -u' ! lines ! exec echo ! -
check explain-made "$weir" explain random 10G seed=1 ! null + zero ! retry ! null + every 1s count=3 ! batch 2 ! take 1 ! print + \
    exec:'pg_dump shop' ! lines ! count ! retry tries=3 ! ./n.txt + a.log b.log ! lines ! retry ! par 2 exec echo ! retry ! count + \
    a.log ! lines max=4M ! par 6 keep-order grep -v x
if "$weir" doctor | grep -q '^ISA-L  *built in'; then
    check explain-open "$weir" explain open logs/a.csv.gz ! lines ! count + b.log ! decompress ! ./n
fi
check explain-merge "$weir" explain merge a.log b.log - ! lines ! uniq count ! last 3 ! ./n.txt + \
    big.iso ! crc32 ! hex line=60 ! ./n.hex + a.log ! split , ! sample 5 ! dead ./bad ! print
check explain-tee "$weir" explain in.log ! tee t ! tee ./b.log ! ./a.log + t. ! lines ! count
[ "$(ls -A | grep -cv '^out$\|^err$')" -eq 0 ] || fail "explain opened something: $(ls -A)"

# --explain: the same on stderr, then the run.
echo hello >access.log
"$weir" explain access.log ! gzip ! access.log.gz >wanted
expect 0 "$weir" --explain access.log ! gzip ! access.log.gz
same err wanted --explain
gzip -dc access.log.gz | cmp -s - access.log || fail "--explain ran nothing"

expect 0 "$weir" --version
grep -q '^weir [0-9]' out || fail "--version"
run "$weir" doctor
grep -q '^kernel ' out && grep -q '^epoll  *works' out && grep -q '^ISA-L ' out || fail "doctor"
