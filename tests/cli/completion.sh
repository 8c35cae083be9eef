#!/bin/bash
# What the shells offer while a pipeline is typed: behind a ! what takes what flows there.
. "$(dirname "$0")/common.sh"
share=$here/../../share
mkdir bin
ln -s "$weir" bin/weir
PATH=$work/bin:$PATH
echo x >app.log
echo x >'a b.log'

# ---- the command's answer ----

# offers "LINE" WORD...: behind this line each of these is offered, and none behind a --.
offers() {
    # shellcheck disable=SC2086 # words
    weir stages --complete -- $1 | cut -f 2 >offered || fail "exit code of $1"
    line=$1 wanted=1
    shift
    for word in "$@"; do
        [ "$word" != -- ] || { wanted=0 && continue; }
        [ "$(grep -cxF -e "$word" offered)" = $wanted ] ||
            fail "'weir $line': $word, not $wanted times"
    done
}
offers "" seq glob tcp: - stages -- gzip lines
offers "a.log !" gunzip lines tee from null tcp: -- grep count where seq stages
offers "a.log ! gzip !" lines -- grep
offers "a.log ! lines !" grep count to sort -- gzip where pick
offers "a.log ! lines ! take 3 !" grep -- gzip where
offers "a.csv ! from csv !" where pick to stats sort -- gzip lines grep
offers "a.csv ! from csv ! where age gt 30 !" pick -- gzip grep
offers "a.csv ! from csv ! where" eq missing ! -- OP gzip
offers "seq 10 !" grep count -- gunzip
offers "in.log ! tee t ! gzip ! in.log.gz +" seq open -- gzip
offers "in.log ! tee t ! gzip ! in.log.gz + t. !" lines -- grep
offers "a.log ! nosuch !" gzip grep where
offers "a.log ! lines ! grep" -v ! + -- v TEXT text=
offers "a.log ! gzip" level= threads= ! -- -v
offers "a.csv ! from" csv ndjson separator= on-error=skip -- lines
offers "a.log ! lines ! to" lines csv
offers "glob x ! par 4" exec keep-order by= -- gzip
offers "glob x ! par 4 exec" on-error=stop -- keep-order
offers "explain a.log !" gunzip -- grep
offers "-v a.log !" gunzip -- grep
offers "serve tcp-listen:7 !" gunzip
offers "serve" tcp-listen: unix-listen: http: -- tcp: seq -
offers "relay" tcp: tcp-listen: unix: - -- seq gzip
offers "relay tcp-listen:7" tcp: unix: -- seq !
offers "relay tcp-listen:7 tcp:a:1" idle= still= -- tcp:
offers "help" gzip grep seq tcp: explain serve lint grammar top profile tap relay run -- doctor
offers "stages" gzip grep seq tcp: -- explain grammar
offers "" --explain --inspect --inspect= --inspect-anywhere= --progress=none -q -v
offers "-v" --explain --inspect
offers "a.log !" -- --explain -q

# typing WORD "LINE" WORD...: while this word is typed behind that line.
typing() {
    # shellcheck disable=SC2086 # words
    weir stages --complete "--word=$1" -- $2 | cut -f 2 >offered || fail "exit code of $1"
    line="$2 $1" wanted=1
    shift 2
    for word in "$@"; do
        [ "$word" != -- ] || { wanted=0 && continue; }
        [ "$(grep -cxF -e "$word" offered)" = $wanted ] ||
            fail "'weir $line': $word, not $wanted times"
    done
}
typing tcp:db:9000, "a.log !" tcp:db:9000,timeout= -- gzip file
typing tcp-listen:7,ma "" tcp-listen:7,max= -- gzip
typing tcp-listen:7,max=3, "" tcp-listen:7,max=3,peer-max= -- tcp-listen:7,max=3,max=
typing kafka:t, "" kafka:t,group= -- kafka:t,key=
typing kafka:t, "a.log ! lines !" kafka:t,key= -- kafka:t,group=
typing redis:s, "" redis:s,tls redis:s,create redis:s,group= -- redis:s,tls=
typing redis:s,t "a.log ! lines !" redis:s,tls -- redis:s,create
typing redis:s,tls,gr "" redis:s,tls,create -- redis:s,tls,tls
typing nats:q, "a.log ! lines !" nats:q,core nats:q,id=
typing tcp:db:9000 "a.log !" tcp: gzip -- tcp:db:9000,timeout=
typing a,b "" seq tcp:

# Each line of the catalogue has its columns, and each stage is there once.
weir stages --complete >all
awk -F '\t' '$1 == "stage" && NF == 5 || $1 == "arg" && NF == 4 { next }
    $1 ~ /^(address|command)$/ && NF == 3 { next }
    { print "columns: " $0 }' all | grep . && fail "columns"
for name in $(weir stages | sed -n 's/^\([a-z0-9-]*\) .* -> .*/\1/p'); do
    [ "$(grep -c "^stage	$name	" all)" = 1 ] || fail "the catalogue has $name not once"
done
grep -q '^stage	take	lines,batches,.*	same	' all || fail "take: $(grep '^stage	take' all)"
grep -qx 'arg	grep	flag	-v' all || fail "a flag has no dash"
grep -qx 'arg	to	word	ndjson' all || fail "the words of a choice"

# ---- bash ----

# bash_says "LINE" "WORD WORD": what it offers at the end of this line, sorted.
bash_says() {
    bash --norc -c '
        . "$1/weir.bash"
        COMP_LINE=$2 COMP_POINT=${#2}
        parted=${2//:/ : } parted=${parted//=/ = } # as bash does
        COMP_WORDS=($parted) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        case $2 in *" ") COMP_WORDS+=("") COMP_CWORD=$((COMP_CWORD + 1)) ;; esac
        _weir
        printf "%s\n" "${COMPREPLY[@]}"' _ "$share" "$1" | LC_ALL=C sort >said
    # shellcheck disable=SC2086 # words
    printf '%s\n' $2 | LC_ALL=C sort | cmp -s - said ||
        fail "bash: '$1' offers '$(tr '\n' ' ' <said)'"
}
bash_says 'weir app.log ! g' 'gunzip gzip'
bash_says 'weir app.log ! lines ! g' 'grep'
bash_says 'weir app.log ! gzip l' 'level='
bash_says 'weir app.log ! lines ! grep -' '-v'
bash_says 'weir app.log ! lines ! to nd' 'ndjson'
bash_says 'weir app.log ! lines ! w' ''
bash_says 'weir app.csv ! from csv ! w' 'where'
bash_says 'weir ap' 'app.log'
echo >'od[ds]'
echo >'odd'
set -f
bash_says 'weir od' 'od[ds] odd'
set +f
rm 'od[ds]' odd
bash_says 'weir kafka:t,group=w ! li' 'lines'
bash_says 'weir tcp:db:9000,ti' '9000,timeout='
bash_says 'weir kafka:t,gr' 't,group='
bash_says 'weir kafka:t,group=w,gro' ''
bash_says 'weir app.csv ! from csv on-error=s' 'skip'
bash_says 'weir app.log ! ./x=ap' 'app.log'
bash_says 'weir --insp' '--inspect --inspect-anywhere= --inspect='
bash_says 'weir st' 'stages'
bash_says 'weir app.log ! gzip ! ap' 'app.log'
bash_says 'weir stages gun' 'gunzip'
bash_says 'weir help gre' 'grep'
bash --norc -c '. "$1/weir.bash"; complete -p weir' _ "$share" |
    grep -q 'complete .*-F _weir weir' || fail "bash: nothing is registered"

# ---- zsh, fish: where they are ----

if command -v zsh >/dev/null; then
    # zsh_says "LINE" "WORD WORD": what it hands to the shell behind this line.
    zsh_says() {
        zsh -f -c '
            _describe() { print -rl -- "${(@P)2}" }
            _files() { print -r -- "a file" }
            words=(${=2} "") CURRENT=$#words
            . "$1/_weir"' _ "$share" "$1" >said
        for word in $2; do
            grep -q "^$word:" said || fail "zsh: '$1' does not offer $word"
        done
        for word in $3; do
            ! grep -q "^$word:" said || fail "zsh: '$1' offers $word"
        done
    }
    zsh_says 'weir app.log !' 'gzip lines tcp\\' 'grep where'
    grep -qx 'a file' said || fail "zsh: no files behind a !"
    zsh_says 'weir app.log ! lines !' 'grep count' 'gzip'
    zsh_says 'weir app.log ! gzip' 'level= threads=' 'gunzip'
    zsh_says 'weir' '--explain --inspect=' ''
else
    echo "zsh is missing"
fi
if command -v fish >/dev/null; then
    # fish_says "LINE" "WORD WORD"
    fish_says() {
        HOME=$work fish --no-config -c 'source $argv[1]/weir.fish; complete -C $argv[2]' \
            "$share" "$1" 2>/dev/null | cut -f 1 | LC_ALL=C sort >said
        # shellcheck disable=SC2086 # words
        printf '%s\n' $2 | LC_ALL=C sort | cmp -s - said ||
            fail "fish: '$1' offers '$(tr '\n' ' ' <said)'"
    }
    fish_says 'weir app.log ! g' 'gunzip gzip'
    fish_says 'weir app.log ! lines ! g' 'grep'
    fish_says 'weir app.log ! lines ! grep -' '-v'
    fish_says 'weir app.csv ! from csv ! w' 'where'
    fish_says 'weir ap' 'app.log'
    fish_says 'weir tcp:db:9000,ti' 'tcp:db:9000,timeout='
    fish_says 'weir --insp' '--inspect --inspect-anywhere= --inspect='
else
    echo "fish is missing"
fi
