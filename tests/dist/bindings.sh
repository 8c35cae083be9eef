#!/bin/sh
# A binding of bindings/ against the library as it was built: its own test, and its example on
# bindings/errors.log, which says the same in every language. readme: the lines of bindings/README.md.
#
#   bindings.sh SOURCE_ROOT LIBRARY LANGUAGE|readme
set -eu

root=$(realpath "$1") library=$(realpath "$2") language=$3
. "$root/tests/dist/common.sh"
folder=$root/bindings/$language
export WEIR_LIBRARY="$library"
pipelines=${library%/*}/libweir-pipeline.so
ln -s "$library" "$tmp/libweir.so.0"
ln -s "$pipelines" "$tmp/libweir-pipeline.so.0"
export LD_LIBRARY_PATH="$tmp"

# says PROGRAM...: its example.
says() {
    "$@" "$root/bindings/errors.log" >"$tmp/said"
    diff -u "$root/bindings/errors.expected" "$tmp/said" || fail "$language: the example says that"
}

python() {
    need python3
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$folder
    export PYTHONDONTWRITEBYTECODE PYTHONPATH
    python3 "$folder/test_weir.py" 2>"$tmp/log" || { cat "$tmp/log" && fail "its own test"; }
    grep 'ns an item' "$tmp/log"
    says python3 "$folder/errors_by_host.py"
}

# With each compiler that is there. Sanitizers tell of what is left, where it has them.
cpp() {
    compilers=
    for compiler in g++ clang++; do
        command -v $compiler >/dev/null || continue
        compilers="$compilers $compiler"
        set -- -std=c++17 -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror "-I$root/include" "-I$folder"
        sanitizers=-fsanitize=address,undefined
        echo 'int main() {}' | $compiler $sanitizers -x c++ - -o "$tmp/any" 2>/dev/null || sanitizers=-g
        for test in test_weir test_weir_pipeline; do
            $compiler "$@" $sanitizers -pthread "$folder/$test.cc" "$library" "$pipelines" \
                -o "$tmp/test" || fail "$compiler: $test does not build"
            "$tmp/test" || fail "$compiler: $test"
        done
        $compiler "$@" "$folder/errors_by_host.cc" "$library" -o "$tmp/example" ||
            fail "$compiler: the example does not build"
        says "$tmp/example"
    done
    [ "$compilers" ] || skip "there is no g++, no clang++"
    echo "with$compilers"
}

# lua_module FLAG... FILE...: weir.so, of what is named.
lua_module() {
    # shellcheck disable=SC2086 # one word a flag
    cc -std=gnu11 -O1 -Wall -Wextra -Wshadow -Werror -fPIC -shared "-I$root/include" $headers "$@" \
        -o "$tmp/weir.so" || fail "the module does not build"
}

# The tests with the pipelines in the module, the example without. Whatever allocation of Lua's fails:
# sanitizers tell of what is left, where there are any.
lua() {
    need lua5.4 cc
    headers=$(pkg-config --cflags lua5.4 2>/dev/null) || skip "there is no liblua5.4-dev"
    export LUA_CPATH="$tmp/?.so"
    lua_module "$folder/weir.c" "$folder/weir_pipeline.c" "$pipelines" "$library"
    for test in test_weir test_weir_pipeline; do
        lua5.4 "$folder/$test.lua" || fail "$test"
    done
    lua_module "$folder/weir.c" "$library"
    says lua5.4 "$folder/errors_by_host.lua"
    sanitizers=-fsanitize=address,undefined
    echo 'int main(void) {}' | cc $sanitizers -x c - -o "$tmp/any" 2>/dev/null || sanitizers=-g
    # shellcheck disable=SC2046,SC2086 # one word a flag
    cc -std=gnu11 -O1 -Wall -Wextra -Wshadow -Werror $sanitizers "-I$root/include" $headers \
        "$folder"/*.c "$pipelines" "$library" $(pkg-config --libs lua5.4) -o "$tmp/test" ||
        fail "test_memory does not build"
    "$tmp/test" || fail "test_memory"
}

rust() {
    need rustc cc
    cc -std=gnu11 -Wall -Werror "-I$root/include" -fsyntax-only "$folder/layout.c" ||
        fail "weir-sys or weir_watch.rs is not as the headers say"
    for program in test_weir test_weir_pipeline errors_by_host; do
        set -- -C "link-arg=$library"
        [ $program != test_weir_pipeline ] ||
            set -- "$@" -C "link-arg=$pipelines" --cfg 'feature="pipeline"'
        rustc --edition 2021 -O -D warnings "$folder/$program.rs" -o "$tmp/$program" "$@" ||
            fail "$program does not build"
    done
    "$tmp/test_weir" || fail "its own test"
    "$tmp/test_weir_pipeline" || fail "its own test of pipelines"
    says "$tmp/errors_by_host"
    crates
}

# The crates, and what streams are in executors of others: with what the system has of crates.
crates() {
    cargo_here || {
        echo "without the crates: there is no cargo, or no librust-futures-executor-dev"
        return
    }
    cp -r "$folder" "$tmp/rust"
    export WEIR_LIB_DIR="$tmp" RUSTFLAGS="-D warnings"
    ln -s "$library" "$tmp/libweir.so"
    ln -s "$pipelines" "$tmp/libweir-pipeline.so"
    (cd "$tmp/rust" && said "$tmp/log" cargo test --offline --features futures,pipeline)
    crate_of_a_user
    echo "with the crates"
}

# What bindings/README.md says to write into a program's Cargo.toml.
crate_of_a_user() {
    mkdir -p "$tmp/user/src"
    echo 'fn main() { print!("{}", weir::range(0, 1000).count()) }' >"$tmp/user/src/main.rs"
    {
        printf '[package]\nname = "user"\nversion = "0.1.0"\nedition = "2021"\n'
        awk '/^```/ { inside = 0 } inside; /^```toml$/ { inside = 1 }' "$root/bindings/README.md"
    } | sed "s|path = \"[^\"]*\"|path = \"$tmp/rust\"|" >"$tmp/user/Cargo.toml"
    counted=$(cd "$tmp/user" && cargo run -q --offline) || fail "README: a crate of a user"
    [ "$counted" = 1000 ] || fail "README: a crate of a user counted '$counted' of 1000"
}

# What cargo is told and leaves stays here. Fails: there is no cargo, or nothing for it.
cargo_here() {
    registry=/usr/share/cargo/registry
    command -v cargo >/dev/null || return 1
    [ "$(find $registry -name 'futures-executor-*' 2>/dev/null)" ] || return 1
    export CARGO_HOME="$tmp/cargo" CARGO_TARGET_DIR="$tmp/target" CARGO_NET_OFFLINE=true
    mkdir "$CARGO_HOME"
    printf '[source.crates-io]\nreplace-with = "system"\n[source.system]\ndirectory = "%s"\n' \
        $registry >"$CARGO_HOME/config.toml"
}

# What bindings/README.md says to type, a language a paragraph: of those whose tools are there.
readme() {
    need lua5.4
    cp -r "$root/bindings" "$tmp"
    ln -s "$root/include" "$tmp"
    mkdir "$tmp/build"
    ln -s "$(dirname "$library")" "$tmp/build/release"
    awk '/^```$/ { exit } inside; /^```sh$/ { inside = 1 }' "$root/bindings/README.md" >"$tmp/typed"
    for n in 2 3 4 5 6; do
        awk -v RS= -v n=$n 'NR == 1 || NR == n' "$tmp/typed" >"$tmp/lines"
        tool=$(sed -n '3s/^[A-Z_]*=[^ ]* //; 3s/ .*//p' "$tmp/lines")
        command -v "$tool" >/dev/null || continue
        [ "$tool" != cargo ] || cargo_here || continue
        (cd "$tmp" && sh -eu lines >said) || fail "README: the lines of $tool"
        diff -u "$root/bindings/errors.expected" "$tmp/said" || fail "README: $tool says that"
        ran="${ran:-} $tool"
    done
    [ "${ran:-}" ] || fail "README: no lines"
    readme_pipelines
    echo "with$ran"
}

# Its second block: pipelines.
readme_pipelines() {
    awk '/^```/ { inside = 0 } inside; /^```sh$/ && ++n == 2 { inside = 1 }' \
        "$root/bindings/README.md" >"$tmp/typed"
    printf '4\n5\n' >"$tmp/expected"
    for n in 1 2 3 4; do
        awk -v RS= -v n=$n 'NR == n' "$tmp/typed" >"$tmp/lines"
        tool=$(sed -n '1s/^[A-Z]*=[^ ]* //; 1s/ .*//p' "$tmp/lines")
        command -v "$tool" >/dev/null || continue
        (cd "$tmp/bindings" && sh -eu "$tmp/lines" >said) || fail "README: pipelines by $tool"
        diff -u "$tmp/expected" "$tmp/bindings/said" || fail "README: pipelines by $tool say that"
    done
}

"$language"
