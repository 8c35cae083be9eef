#!/bin/bash
# The examples of the catalogue, as somebody types them who has files of such names: what each
# prints and which files it makes stands in golden/examples. With UPDATE=1 it is written anew.
. "$(dirname "$0")/common.sh"
[ "${WEIR_DRIVER:-}" != sim ] || skip "sim has a clock of its own, and sockets that nobody else has"
golden=$here/golden/examples
mkdir bin files run
ln -s "$weir" bin/weir
PATH=$work/bin:$PATH

# stands_in NAME SCRIPT: a program that the examples run.
stands_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}
stands_in ping 'echo "pinged $3"'
stands_in df 'echo "42% /"'
stands_in curl 'case $2 in *bad*) exit 1 ;; *) echo "page $2" ;; esac'
stands_in convert 'cp "$1" "$2" && echo "converted $1"'
stands_in file 'echo "data"'
stands_in pg_dump 'echo "create table shop ();"'

# ---- the files ----

fixtures() {
    rm -rf files
    mkdir -p files/img files/logs/old files/inbox
    cd files || exit 1
    printf 'GET / 200\nERROR disk\nGET /b 200\nGET /b 200\nERROR net\n' >app.log
    cp app.log access.log && cp app.log in.log && cp app.log logs/old/a.log
    printf 'b\na\na\n' >a.log && printf 'c\na\n' >b.log
    printf 'name,age\nAda,36\nBob,25\nCy,61\n' >people.csv && cp people.csv table.csv
    printf '{"total":1}\n{"total":200}\n' >events.ndjson
    printf 'int main(void) { return 0; }\n' >main.c && printf 'int x;\n' >other.c
    for copy in page.html dump.sql photo.jpg key.bin big.iso; do cp app.log $copy; done
    echo one >img/1.raw && echo two >img/2.raw
    printf 'http://%s/1\nhttp://%s/2\n' "${1-h}" "${1-h}" >urls.txt
    [ -n "${1-}" ] || printf 'http://h/bad\n' >>urls.txt
    cd ..
}

# needs EXAMPLE: makes the input that an example decompresses, or decodes, by the stage's opposite.
needs() {
    cd files || exit 1
    case $1 in
    *access.log.gz*gunzip* | *'open access.log.gz'*) weir access.log ! gzip ! access.log.gz ;;
    *dump.sql.gz*) weir dump.sql ! gzip ! dump.sql.gz && rm dump.sql ;;
    *big.iso.gz*crc32*) weir big.iso ! gzip ! big.iso.gz ;;
    *big.gz*) weir big.iso ! gzip ! big.gz ;;
    *mail.txt*unbase64*) weir photo.jpg ! base64 ! mail.txt ;;
    *unhex*) weir key.bin ! hex ! key.hex ;;
    *unzstd*) weir access.log ! zstd ! access.log.zst ;;
    *unlz4*) weir access.log ! lz4 ! access.log.lz4 ;;
    *unbrotli*) weir page.html ! brotli ! page.html.br ;;
    *unxz*) weir dump.sql ! xz ! dump.sql.xz ;;
    *unbzip2*) weir dump.sql ! bzip2 ! dump.sql.bz2 ;;
    *inflate*) weir page.html ! deflate ! page.deflate ;;
    *unzlib*) weir page.html ! zlib ! page.zz ;;
    esac
    cd ..
}

# ---- an example ----

# in_the_end EXAMPLE: the same, so that it ends: less of what is random, two turns of what goes on.
in_the_end() {
    printf '%s\n' "$1" | sed 's/10G/10K/; s/every 10s !/every 1ms count=2 !/
        s/seq 1 100/seq 1 3/; s/rate 20M/rate 200M/'
}

# types NAME EXAMPLE: its output, sorted where several do it at once, and the new files' names.
types() {
    local code=0
    case $1 in dead) code=3 ;; esac # one of its pages cannot be had
    needs "$2"
    ls -R files >before
    (cd files && sh -c "$2") >out 2>err <"${stdin:-/dev/null}"
    [ $? -eq $code ] || { fail "exit code of $1: $2" && sed 's/^/    /' err; }
    sed -i 's/  *[0-9.]* s  /  TIME  /' out
    case $2 in *' par '*) LC_ALL=C sort -o out out ;; esac
    ls -R files | diff before - | sed -n 's/^> /makes /p' >made
    printf '== %s: %s\n' "$1" "$2"
    LC_ALL=C cat -v out made
}

# sends_to NAME EXAMPLE: a pipeline that listens has what is sent to it, at each place.
sends_to() {
    local example=$(printf '%s\n' "$2" |
        sed 's/tcp-listen:900[01]/tcp-listen:0/g; s|/run/alert|../run/alert|')
    local sent='weir files/app.log' places
    case $1 in frame) sent='weir files/app.log ! lines ! unframe width=2' ;; esac
    (cd files && exec timeout 60 sh -c "exec $example") >out 2>err </dev/null &
    case $example in
    *tcp-listen*tcp-listen*) listen 2 ;;
    *tcp-listen*) listen 1 ;;
    *) appears run/alert.sock && places=unix:run/alert.sock ;;
    esac
    for place in ${places:-$(sed -n 's/^weir: listens at .*:/tcp:localhost:/p' err)}; do
        $sent ! "$place" || fail "nothing could be sent for $1"
    done
    wait $! || { fail "exit code $? of $1: $2" && sed 's/^/    /' err; }
    printf '== %s: %s\n' "$1" "$2"
    LC_ALL=C sort out
}

# listen N: waits until it listens at so many places.
listen() {
    soon is_said "$1" || fail "it does not listen: $(cat err)"
}
is_said() {
    [ "$(grep -c 'listens at' err)" -eq "$1" ]
}

# A pipeline that sends has somebody who takes it, and then goes on with what came.
takes_from() {
    rm -f listens
    timeout 60 "$weir" tcp-listen:0 ! ./taken 2>listens &
    taker=$!
    listening listens
    local example=$(printf '%s\n' "$2" | sed "s|tcp:[a-z0-9]*:[0-9]*|tcp:localhost:${address##*:}|")
    types "$1" "$example" >typed
    grep '^not ok' typed
    wait $taker || fail "nothing was taken from $1"
    printf '== %s: %s\n' "$1" "$2"
    cat -v taken
}

one() {
    fixtures
    local example=$(in_the_end "$2")
    case $1 in
    tail | unix: | watch) echo "== $1: $2"; echo "explained: it does not end by itself" ;;
    tls: | https: | nats: | kafka: | redis:) echo "== $1: $2"; echo "explained: it needs a server" ;;
    http: | http-get | save | retry)
        printf '== %s: %s\nexplained: http.sh, save.sh and retry.sh run it\n' "$1" "$2"
        ;;
    merge | timeout | frame | tcp-listen: | unix-listen:) sends_to "$1" "$2" ;;
    unframe | tcp:) takes_from "$1" "$example" ;;
    decompress | buffer) stdin=files/app.log types "$1" "$example" ;;
    *) types "$1" "$example" ;;
    esac
}

# as_it_would_be NAME: of what this build lacks.
as_it_would_be() {
    sed -n "/^== $1: /,/^== /p" "$golden" | sed '1p; /^==/d'
}

for name in $(weir stages --complete |
    awk -F '\t' '$1 == "stage" || $1 == "address" { print $2 }'); do
    weir stages "$name" >page
    example=$(tail -n 1 page | sed 's/^  //')
    case $example in
    'weir '*) ;;
    *) fail "$name has no example" && continue ;;
    esac
    if grep -q '^  not in this build' page; then
        as_it_would_be "$name"
        continue
    fi
    # Whatever it needs, it is a pipeline that holds together. Of other stages than its own this build
    # may lack one: then too it is as it would be.
    fixtures
    (cd files && sh -c "weir explain ${example#weir }") >out 2>err || {
        grep -q '^ .*-D[a-z0-9]*=enabled' err && as_it_would_be "$name" && continue
        fail "$name: not even explained: $example"
        sed 's/^/    /' err
    }
    one "$name" "$example"
done >all 2>complaints
cat complaints >&2
[ -z "$UPDATE" ] || cp all "$golden"
grep '^not ok' all && failures=$((failures + 1))
if ! cmp -s "$golden" all; then
    fail "golden/examples"
    diff "$golden" all | sed 's/^/    /'
fi
