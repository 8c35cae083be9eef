# shellcheck shell=bash
# What the lint costs: a part of bench/run, which reads this file. CPU time of the command with all
# its children, the least of all rounds.

# lint_cpu_ms WORD...: of one run, on one processor.
lint_cpu_ms() {
    local TIMEFORMAT='%U %S'
    { time taskset -c 0 "$weir" lint -j 1 "$@" >/dev/null 2>&1; } 2>&1 |
        awk '{ printf "%.0f\n", ($1 + $2) * 1000 }'
}

# lint_row WHAT WANTED WORD...: with each libclang.
lint_row() {
    local what=$1 wanted=$2 version round best ms row=""
    shift 2
    for version in 14 16 19; do
        best=-
        for ((round = 0; round < rounds; round++)); do
            progress "lint: $what, libclang $version, $((round + 1)) of $rounds"
            ms=$(WEIR_LIBCLANG=libclang-$version.so.1 lint_cpu_ms "$@")
            if [ "$best" = - ] || [ "$ms" -lt "$best" ]; then best=$ms; fi
        done
        row+=" $best |"
    done
    echo "| $what |$row $wanted |"
}

lint_part() {
    if ! "$weir" lint --rules >/dev/null 2>&1; then
        echo "lint: this build has none: left out" >&2
        kept_part lint
        return 0
    fi
    # shellcheck disable=SC2046 # names without blanks
    cat <<END
## Lint

\`weir lint\` with all rules that are on by default, milliseconds of CPU on one processor, libclang and
its start included; the least of $rounds rounds, with each libclang. The library alone takes 14 ms to
load, and \`weir.h\` 30 to parse; the project's compile_commands.json, of $(grep -c '"file"' "$build/compile_commands.json")
entries, takes 25.

$(machine)

| what | 14 | 16 | 19 | wanted |
| --- | --- | --- | --- | --- |
$(lint_row "a small file (examples/echo_par.c), its flags said" "60 at most" examples/echo_par.c -- \
        -std=gnu11 -Iinclude)
$(lint_row "the same, with the project's compile_commands.json" "" -p "$build" examples/echo_par.c)
$(lint_row "200 files of src/" "8000 at most" -p "$build" $(git ls-files 'src/*.c' | head -200))
END
}
