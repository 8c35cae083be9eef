#!/bin/bash
# Models of what threads do with each other, in every order that there is: *.pml by Spin, *.cc by
# Relacy for memory orders. Each has to hold as it is, and to fail with each of the mutants that are
# named in its first comment. Where a checker is missing, its models are skipped.
#
#   run.sh [MODEL [MUTANT]]   one of them, say wake.pml, with what was found
set -eu
cd "$(dirname "$0")"
compiler=${CXX:-g++}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mutants() { sed -n 's/^ \* mutants: //p' "$1"; }

# build MODEL MUTANT: $tmp/MODEL.MUTANT, a program that fails if it finds something. A model of
# memory orders is one program, whose argument is the mutant.
build() {
    local model=$1 mutant=$2 to=$tmp/$1.$2
    case $model in
    *.pml)
        mkdir -p "$to.d"
        (cd "$to.d" && spin -a ${mutant:+-D$mutant} "$OLDPWD/$model" >/dev/null)
        gcc $([ -n "$mutant" ] && echo -O0 || echo -O2) -w -DSAFETY -DCOLLAPSE -DMEMLIM=4000 \
            -o "$to.d/pan" "$to.d/pan.c"
        ;;
    *.cc)
        [ -x "$tmp/$model" ] || "$compiler" -std=c++17 -O1 -w -o "$tmp/$model" "$model"
        ;;
    esac
}

# search MODEL MUTANT: what was found goes to stdout. 0: nothing, after a search of all there is.
search() {
    local model=$1 mutant=$2 dir=$tmp/$1.$2.d
    case $model in
    *.pml)
        (cd "$dir" && ./pan -m1000000 -w20 >said 2>&1) || true
        grep -q 'errors: 0$' "$dir/said" && ! grep -q 'not completed\|too small' "$dir/said" && return
        (cd "$dir" && cat said && [ -f ./*.trail ] &&
            spin -t -p -g ${mutant:+-D$mutant} -k ./*.trail "$OLDPWD/$model") || true
        return 1
        ;;
    *.cc) "$tmp/$model" $mutant ;;
    esac
}

# try MODEL MUTANT: a line if that is not as it should be.
try() {
    local model=$1 mutant=$2
    build "$model" "$mutant" || exit 2
    if search "$model" "$mutant" >"$tmp/said"; then
        [ -z "$mutant" ] || { echo "FAIL  $model passes as $mutant" && failed=1; }
    elif [ -z "$mutant" ]; then
        echo "FAIL  $model: tests/models/run.sh $model says more"
        failed=1
    fi
    rm -rf "$tmp/$model.$mutant.d"
}

if [ $# -gt 0 ]; then
    build "$1" "${2-}"
    search "$1" "${2-}" && echo "nothing found"
    exit
fi

failed=0 models=0 n=0
for model in *.pml *.cc; do
    [ -n "$(mutants "$model")" ] || continue # included by others
    case $model in
    *.pml) command -v spin >/dev/null || { echo "skipped: $model, there is no spin" && continue; } ;;
    *.cc)
        echo '#include <relacy/relacy.hpp>' | "$compiler" -std=c++17 -w -fsyntax-only -xc++ - \
            2>/dev/null || { echo "skipped: $model, there is no relacy" && continue; }
        ;;
    esac
    try "$model" ""
    models=$((models + 1))
    for mutant in $(mutants "$model"); do
        try "$model" "$mutant"
        n=$((n + 1))
    done
done
[ $failed = 0 ] && echo "$models models hold, $n mutants are caught"
exit $failed
