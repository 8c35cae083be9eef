#!/bin/sh
# The house rules that can be checked: layers, sizes, banned calls, and that nothing is left over.
# Each rule prints what breaks it as FILE:LINE: text.
#
#   tidy.sh SOURCE_ROOT
set -u
LC_ALL=C
export LC_ALL

cd "$1" || exit 1
found=$(mktemp)
trap 'rm -f "$found" "$found.code"' EXIT

# Whatever somebody calls the folder that he builds in. One word a pattern where it is used.
builds=$(find . -type d -name meson-private -prune |
    sed 's|^\./||; s|/meson-private$||; s|.*|-o -path & -o -path ./&|')
sources=$(find include src tools tests examples bench fuzz \( -name .git $builds \) -prune -o \
    -name '*.[ch]' -print 2>/dev/null | sort)
texts=$(find . \( -name .git -o -name 'build*' -o -name target -o -name vectors -o -name golden \
    $builds \) -prune -o -type f -print | sort)

# Code only, each line with its place: without comments and the insides of strings.
code() {
    awk '
    FNR == 1 { inside = 0 }
    {
        line = $0; out = ""
        while (line != "") {
            if (inside) {
                end = index(line, "*/")
                if (!end) break
                line = substr(line, end + 2); inside = 0
                continue
            }
            if (match(line, /^"(\\.|[^"\\])*"/) || match(line, /^\047(\\.|[^\047\\])+\047/)) {
                out = out "\"\""; line = substr(line, RLENGTH + 1)
            } else if (substr(line, 1, 2) == "/*") {
                inside = 1; line = substr(line, 3)
            } else if (substr(line, 1, 2) == "//") {
                break
            } else {
                out = out substr(line, 1, 1); line = substr(line, 2)
            }
        }
        print FILENAME ":" FNR ": " out
    }' "$@"
}

# ---- layers: a file includes only to its left ----

layers() {
    find src -name '*.[ch]' | sort | xargs awk '
        BEGIN {
            n = split("core stream bytes codec format driver task io bind net http inspect check broker nats kafka redis pipeline", order, " ")
            for (i = 1; i <= n; i++) level[order[i]] = i
            split("alloc base cx error header type waker mark marks implement poll fn fn_make fn_make_plain loop", names, " ")
            for (i in names) public[names[i]] = level["core"]
            split("stream source inputs outputs consume set time timed buffer into pipe", names, " ")
            for (i in names) public[names[i]] = level["stream"]
            public["block"] = level["bytes"]
            public["duplex"] = level["bytes"]
            public["paced"] = level["bytes"]
            public["read"] = level["bytes"]
            public["reader"] = level["bytes"]
            public["ready"] = level["bytes"]
            public["write"] = level["bytes"]
            public["writer"] = level["bytes"]
            public["codec"] = level["codec"]
            public["codec_writer"] = level["codec"]
            public["compress"] = level["codec"]
            public["decode"] = level["codec"]
            public["digest"] = level["codec"]
            public["encoding"] = level["codec"]
            public["frames"] = level["codec"]
            public["sse"] = level["codec"]
            public["csv"] = level["format"]
            public["fields"] = level["format"]
            public["job"] = level["format"]
            public["json"] = level["format"]
            public["message"] = level["format"]
            public["proto"] = level["format"]
            public["record"] = level["format"]
            public["sort"] = level["format"]
            public["sys"] = public["sim"] = level["driver"]
            split("await blocking cancel channel co executor fiber lock par run scope switch task tracker", names, " ")
            for (i in names) public[names[i]] = level["task"]
            split("file process signals watch", names, " ")
            for (i in names) public[names[i]] = level["io"]
            split("net serve tls udp", names, " ")
            for (i in names) public[names[i]] = level["net"]
            split("http http_client http_events", names, " ")
            for (i in names) public[names[i]] = level["http"]
            public["inspect"] = public["inspect_listen"] = level["inspect"]
            public["inspect_page"] = level["inspect"]
            public["bind"] = level["bind"]
            public["check"] = level["check"]
            public["nats"] = level["nats"]
            public["kafka"] = level["kafka"]
            public["redis"] = level["redis"]
            public["pipeline"] = level["pipeline"]
        }
        FNR == 1 { file = FILENAME; split(file, part, "/"); mine = part[2] }
        /^# *include *"/ {
            split($0, quoted, "\"")
            split(quoted[2], path, "/")
            from = path[1]
            if (from == mine || path[2] == "") next
            if (from == "weir") {
                sub(/\.h$/, "", path[2])
                theirs = public[path[2]]
            } else {
                theirs = level[from]
            }
            if (!theirs) { print file ":" FNR ": includes " quoted[2] ", which has no layer"; next }
            if (mine == "inspect" && from == "weir") next
            if (theirs > level[mine])
                print file ":" FNR ": " mine " includes " quoted[2] ", which stands above it"
            if (from == "driver" && mine != "task" && mine != "io" && mine != "net")
                print file ":" FNR ": only task, io and net see the drivers"
        }'
}

# ---- each combinator has its test, its contract row, and its words in the header ----

catalogue() {
    streams=$(echo include/weir/*.h)
    contract='tests/contract/rows*.c' refusals='tests/contract/refusals*.c'
    for file in src/stream/*.c; do
        name=$(basename "$file" .c)
        [ -f "tests/stream/$name.c" ] || echo "$file:1: has no test: write tests/stream/$name.c"
        [ -f "src/stream/$name.h" ] && continue # no combinator: shared by some
        declared=$(cat $streams | sed -n "/^[^ ].*[ *]weir_$name(/,/;/p")
        [ -n "$declared" ] ||
            echo "$file:1: weir_$name is declared in none of $streams"
        [ "$name" = pending ] && continue # it has no end: tests/contract/wakes.c polls it
        grep -q "^ *ROW($name," $contract ||
            echo "$file:1: has no contract row: add ROW($name, ...) to $contract"
        case $declared in
        *'*source WEIR_TAKES'*)
            grep -q "weir_$name(failed()" $refusals ||
                echo "$file:1: add passes_refused(weir_$name(failed() ...)) to $refusals"
            ;;
        esac
    done
    # Whatever file it stands in: no public stage without its rows.
    for header in source stream inputs set outputs timed buffer consume; do
        [ -f "include/weir/$header.h" ] || continue
        tr '\n' ' ' <"include/weir/$header.h" | grep -o 'WEIR_[A-Z]* weir_stream \*weir_[a-z0-9_]*(' |
            sed 's/.*\*//; s/($//' | while read -r name; do
            case $name in
            weir_pending) continue ;; # has no end
            weir_set_member | weir_set_take | weir_stream_map_remove) continue ;; # made before
            esac
            grep -qw "$name" $contract || echo "include/weir/$header.h:1: no contract row calls $name()"
        done
    done
}

# ---- each combinator has its typed twin, or a reason why not ----

# A function that gives a stream has a line in the list of weir/typed.h, or one in
# tests/compile/untyped.txt: its name, and why.
typed() {
    list=include/weir/typed.h reasons=tests/compile/untyped.txt
    for header in include/weir/*.h; do
        [ "$header" = include/weir/implement.h ] && continue # for those who write stages
        sed -n 's/^WEIR_[A-Z]* weir_stream \*weir_\([a-z0-9_]*\)(.*/\1/p' "$header"
    done | sort -u >"$found.names"
    sed -n 's/^#define WEIR_\([A-Z0-9_]*\)(.*/\1/p' $list | tr A-Z a-z | sort -u >"$found.twins"
    sed -n 's/^\([a-z0-9_]*\)  *[a-z].*/\1/p' $reasons | sort -u >"$found.reasons"
    sort -u "$found.twins" "$found.reasons" | comm -23 "$found.names" - |
        sed "s|.*|$list:1: weir_& has no line in the list, nor one in $reasons|"
    comm -12 "$found.twins" "$found.reasons" | sed "s|.*|$reasons:1: & has a twin in $list|"
    rm -f "$found.names" "$found.twins" "$found.reasons"
    # The functions of users say their types, for those twins.
    awk '/^#define WEIR_[A-Z_]+_FN_\(/ { name = $2; sub(/\(.*/, "", name); at = FNR; says = 0 }
         /WEIR_SAYS_/ || (FNR > at && /_FN_\(/) { says = 1 }
         name && !/\\$/ {
             if (!says) print FILENAME ":" at ": " name " has no WEIR_SAYS_"
             name = ""
         }' include/weir/*.h
}

# ---- what is declared has its annotations (weir/marks.h) ----

marked() {
    for file in include/weir/*.h; do
        awk -v file="$file" '
        function lacks(what) { print file ":" at ": " name "(): " what }
        function has(mark) { return index(marks, mark) }
        function judge() {
            name = text; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
            if (text ~ /^ WEIR_NEW/ && text ~ /[(,] ?weir_(stream|reader|writer) \*[a-z_]+[,)]/)
                lacks("a chain that it is given is WEIR_TAKES or WEIR_KEEPS")
            if (name ~ /^weir_(rt_|worker_|scope_)?(spawn|par_(for_each|map|filter|fold))/ && !has("WEIR_SPAWNS"))
                lacks("what starts tasks is WEIR_SPAWNS")
            if (name ~ /^weir_(await|yield|pause|run)_/ && !has("WEIR_AWAITS"))
                lacks("what waits is WEIR_AWAITS")
            if (text ~ /^ WEIR_NEW/ && text ~ /size_t (limit|items_max)[,)]/ && name !~ /^weir_(expect_limit|map_async)/)
                lacks("a limit that may be none is WEIR_UNBOUNDED")
        }
        /^WEIR_[A-Z_]+(\(.*\))?$/ { marks = marks " " $0; next }
        /^(WEIR_API|WEIR_NEW|static inline) / { text = ""; at = FNR; on = 1 }
        on { line = $0; sub(/^ +/, "", line); text = text " " line }
        on && /[;{]/ { judge(); on = 0; marks = "" }' "$file"
    done
}

# ---- what is not named in a meson.build is never compiled, and nothing else would notice ----

# The files that are: those of a folder in its meson.build, what a suite of the table in
# tests/meson.build names, and with each combinator its test.
registered() {
    grep -o "'[a-z0-9_]*\.c'" src/*/meson.build tests/*/meson.build |
        sed "s|meson.build:'||; s|'$||; p; s|^src/stream/|tests/stream/|"
    grep -o "'[a-z0-9_]*/[a-z0-9_]*\.c'" tests/meson.build | sed "s|'\(.*\)'|tests/\1|"
    awk "/^  '[a-z]*': \\[/ { folder = \$1; gsub(/[^a-z]/, \"\", folder); inside = 1; \$1 = \"\" }
        inside {
            n = split(\$0, name, \"'\")
            for (i = 2; i <= n; i += 2) print \"tests/\" folder \"/\" name[i] \".c\"
        }
        /\\]/ { inside = 0 }" tests/meson.build
}

built() {
    registered | sort -u >"$found.named"
    ls src/*/*.c tests/*/*.c | sort | comm -23 - "$found.named" | while read -r file; do
        folder=${file%/*} table=tests/meson.build
        [ ! -f "$folder/meson.build" ] || table=$folder/meson.build
        [ "$folder" != tests/stream ] || table=src/stream/meson.build
        echo "$file:1: is never compiled: it is not in $table"
    done
    rm -f "$found.named"
}

# ---- docs/features.md, docs/cases.md: what they say is there is there ----

# feature ID WEIR TEST: one row of a table.
feature() {
    [ -n "$3" ] || { echo "a row of four columns is wanted" && return; }
    file=${3%%:*} name=${3##*: }
    for word in $(echo "$2" | grep -oE 'weir_[a-z0-9_]+'); do
        grep -qxF "$word" "$found.words" || echo "$word is not declared in include/"
    done
    if [ ! -f "$file" ]; then
        echo "there is no $file"
        return
    fi
    stem=$(basename "$file")
    grep -qsF "${stem%.*}" "${file%/*}/meson.build" src/stream/meson.build tests/meson.build ||
        echo "$file is run by no meson.build"
    case $file in
    *.c)
        grep -qE "^[a-z][^=;]*[ *]$name\(" "$file" || echo "$file has no function '$name'"
        ;;
    esac
}

features() {
    grep -rhoE 'weir_[a-z0-9_]+' include | sort -u >"$found.words"
    for page in docs/features.md docs/cases.md; do
        rows=$(grep -nE '^\| [A-Z][0-9.]* ' $page | sed 's/\\|/ or /g; s/ *| */|/g')
        echo "$rows" | while IFS='|' read -r line id _ name test _; do
            feature "$id" "$name" "$test" | sed "s|^|$page:$line $id: |"
        done
        echo "$rows" | cut -d '|' -f 2 | sort | uniq -d | sed "s|^|$page:1: two rows are |"
    done
    rm -f "$found.words"
}

# ---- docs/names.txt: each name of a list has a row, whose names of ours are there ----

names() {
    page=docs/names.txt
    awk -v page=$page '
    function missed(   name) {
        for (name in wanted) print page ":" line ": " name " of " list " has no row"
        split("", wanted)
    }
    /^== / {
        missed()
        line = FNR; list = $0; sub(/^== /, "", list); sub(/:.*/, "", list)
        rest = $0; sub(/^[^:]*: /, "", rest)
        n = split(rest, all, " ")
        for (i = 1; i <= n; i++) wanted[all[i]] = 1
        next
    }
    /^(#|$)/ { next }
    {
        split($0, column, / *[|] */)
        if (!(column[1] in wanted)) print page ":" FNR ": " column[1] " is not of this list, or twice"
        delete wanted[column[1]]
        if (column[2] == "" && column[3] == "") print page ":" FNR ": why is it not needed?"
    }
    END { missed() }' $page
    sed -n 's/^[^#=|]*|\([^|]*\)|.*/\1/p' $page | tr ' ' '\n' | sort -u | while read -r word; do
        [ -z "$word" ] || grep -qwrF "$word" include || echo "$page:1: $word is not declared in include/"
    done
    for page in coming-from catalogue channels codecs; do
        sh scripts/catalogue $page . | cmp -s - docs/$page.md ||
            echo "docs/$page.md:1: is not as the headers say: scripts/catalogue $page > docs/$page.md"
    done
}

# ---- docs/glossary.md: words that are not used, in the last table of it ----

# Of headers and pages each line is looked at; of code, also of C in a page, the comments that begin
# one, and the texts.
words() {
    page=docs/glossary.md
    pages=$(ls docs/*.md docs/guide/*.md ./*.md tools/weir/*.[17] |
        grep -vE '/(glossary|cases|features|coming-from|catalogue|codecs|channels)\.md$')
    # shellcheck disable=SC2046,SC2086 # one word a file
    awk '
    function ours(text) { # without what others call it
        if (sub(/(Source|Elsewhere):.*/, "", text)) quoting = 1
        else if (quoting && text ~ /^ ?\*?$|[A-Z][a-z]+: /) quoting = 0
        else if (quoting) return ""
        gsub(/`[^`]*`|https?:[^ )>]*/, "", text)
        return tolower(text)
    }
    function texts(line,   all) { # what it says to people
        while (match(line, /"([^"\\]|\\.)*"/)) {
            all = all " " substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
        }
        return tolower(all)
    }
    function may(where) { return index(where, " " folder " ") || index(where, " " file " ") }
    FNR == 1 {
        quoting = shown = 0; file = FILENAME; sub(/^\.\//, "", file)
        folder = file; sub(/\/[^\/]*$/, "", folder)
    }
    file == "docs/glossary.md" {
        if (!/^\| / || /^\| (not|---)/) next
        split($0, column, / *\| */)
        said[++n] = column[3]; where[n] = " " column[4] " "
        gsub(/, /, "|", column[2])
        pattern[n] = "(^|[^a-z0-9_])(" column[2] ")($|[^a-z0-9_])"
        next
    }
    /^\/\* / { quoting = 0 }
    /^#include/ { next }
    {
        if (file ~ /\.md$/ && /^ *```/) shown = /```c$/
        code = (shown || file ~ /\.c$|^src/) && !/^ *(\/\*| \*)/
        text = code ? texts($0) : ours($0)
        for (i = 1; i <= n; i++)
            if (match(text, pattern[i]) && !may(where[i])) {
                found = substr(text, RSTART, RLENGTH); gsub(/^[^a-z]|[^a-z]$/, "", found)
                print file ":" FNR ": \047" found "\047: it is called " said[i]
            }
    }' $page include/weir/*.h $pages $(find src tools/weir examples -name '*.[ch]')
}

# ---- a page that explains a program shows that program ----

# Its blocks, one after the other, are the whole of it, blank lines aside; pages of docs/guide and
# docs/from quote some lines of it.
pages() {
    sh scripts/quotes docs/guide/*.md docs/from/*.md
    page=docs/own-combinator.md program=examples/own_aggregation.c
    awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' $page | grep -v '^ *$' \
        >"$found.page"
    grep -v '^ *$' $program | diff - "$found.page" | grep '^[<>]' | head -3 |
        sed "s|^<|$program:1: is not in $page:|; s|^>|$page:1: is not in $program:|"
    rm -f "$found.page"
    stage_lines own_combinator change
    stage_lines own_aggregation daily
}

# stage_lines PROGRAM STAGE: how many it is, from its state to its constructor, is what the page says.
stage_lines() {
    n=$(awk -v last="^static weir_stream .$2\\(" '
        /^\/\* 1\. / { inside = 1 } $0 ~ last { ends = 1 }
        inside && !/^ *(\/\*|\*|$)/ { n++ } ends && /^}/ { inside = 0 } END { print n + 0 }' "examples/$1.c")
    grep -qE "(^| )$n( lines|\.)" $page || echo "$page:1: the stage of examples/$1.c is $n lines"
}

# ---- names of files: no two of the library have one that is the same ----

# So all of it can stand in one file, and a name in a profile says where it is. What is only
# declared in a file is not its own; a file of another library may have the same.
unique() {
    code $(find src -name '*.[ch]' | grep -vE '^src/(nats|kafka|redis|broker|pipeline)/' | sort) | awk '
    function has(name) {
        if (name ~ /^WEIR_.*(_OPS|TYPE|MARKED|_BYTES)$|_ONLY$|^__attribute__$/ || file ~ /_none\.c$/) return
        if (name in first && first[name] != file)
            print file ":" line ": " name " is a name of " first[name] " too"
        else first[name] = file
    }
    {
        file = $0; sub(/:.*/, "", file)
        line = substr($0, length(file) + 2); sub(/:.*/, "", line)
        text = substr($0, length(file line) + 4)
    }
    text ~ /^static / && match(text, /[A-Za-z_0-9]+\(/) { has(substr(text, RSTART, RLENGTH - 1)) }
    text ~ /^static [^(]*[=;[]/ && match(text, /[A-Za-z_0-9]+ *(\[|=|;)/) {
        name = substr(text, RSTART, RLENGTH); sub(/[^A-Za-z_0-9].*/, "", name); has(name)
    }
    text ~ /^(typedef )?(struct|union|enum) [a-z_0-9]+ \{/ {
        name = text; sub(/^typedef /, "", name); sub(/ \{.*/, "", name); has(name)
    }
    match(text, /^#define [A-Za-z_0-9]+/) { has(substr(text, 9, RLENGTH - 8)) }
    text ~ /^(typedef )?enum [a-z_0-9 ]*\{/ { inside = 1; sub(/.*\{/, "", text) }
    inside {
        if (text ~ /\}/) { inside = 0; sub(/\}.*/, "", text) }
        n = split(text, words, ",")
        for (i = 1; i <= n; i++) if (match(words[i], /[A-Z][A-Z_0-9]*/)) has(substr(words[i], RSTART, RLENGTH))
    }'
}

# ---- sizes ----

sizes() {
    awk '
    function last() {
        if (lines > 600) print file ":1: " lines " lines, 600 are allowed"
    }
    FNR == 1 { last(); file = FILENAME; begin = 0 }
    { lines = FNR }
    length($0) > 100 { print file ":" FNR ": " length($0) " columns, 100 are allowed" }
    /^{/ { begin = FNR }
    /^}/ && begin {
        if (FNR - begin > 61)
            print file ":" begin ": a function of " FNR - begin - 1 " lines, 60 are allowed"
        begin = 0
    }
    END { last() }' $sources
    find . \( -name .git -o -name 'build*' -o -name target -o -name vectors -o -name golden \
        -o -name corpora $builds \) -prune -o -type f -size +100k -print | sed 's|$|:1: is over 100 kB|'
}

# ---- calls that are made in one place only, or not at all ----

# calls NAMES MESSAGE ALLOWED FOLDERS: ALLOWED are the paths where they may stand, or folders; FOLDERS,
# as a|b, where it is looked for. A file may have a function of its own by such a name.
calls() {
    names=$1 message=$2 allowed=$3
    grep -E "^($4)/" "$found.code" | awk -v names="$names" -v message="$message" -v allowed="$allowed" '
    BEGIN { n = split(allowed, place_of, " ") }
    {
        place = $1; line = substr($0, length($1) + 2)
        if (!match(line, "(^|[^A-Za-z0-9_.>*])(" names ")[ ]*\\(")) next
        call = substr(line, RSTART, RLENGTH)
        before = substr(line, 1, RSTART)
        file = place
        sub(/:.*/, "", file)
        for (i = 1; i <= n; i++)
            if (file == place_of[i] || (place_of[i] ~ /\/$/ && index(file, place_of[i]) == 1)) next
        gsub(/[^A-Za-z0-9_]/, "", call)
        if (before ~ /[a-z0-9_]+ \*?$/ && before !~ /(return|else|do) $/) own[file, call] = 1
        if (!own[file, call]) print place " " call "(): " message
    }'
}

banned() {
    calls 'sprintf|vsprintf|strcpy|strcat|gets|rand|srand|alloca' 'not in this house' '' \
        'include|src|tools|examples'
    calls 'malloc|calloc|realloc|free|aligned_alloc|strdup' 'memory comes from weir_allocate()' \
        'src/core/alloc.c src/nats/message.c src/pipeline/job_log.c' 'include|src'
    # Besides misuse, which ends the program, and an error of a task that nobody asked for.
    calls 'printf|fprintf|puts|fputs|perror|vfprintf' 'the library prints nothing' \
        'src/core/stage.c src/task/report.c' 'include|src'
    calls 'read|pread|readv|write|pwrite|writev|open|openat|close|fsync|fdatasync|rename|renameat|unlink|unlinkat|linkat|stat|fstat|lstat|readlink|clock_gettime|getrandom|time|gettimeofday|nanosleep|usleep' \
        'goes through struct weir_sys' 'src/io/sys_posix.c src/io/sys_linux.c src/driver/ src/pipeline/' 'include|src'
}

# ---- names, markers, leftovers ----

leftovers() {
    grep -E '(typedef .*[a-z0-9]_t|^[^ ]* \}[ ]*[a-z0-9_]+_t);' "$found.code" |
        sed 's/$/  (no _t types)/'
    grep -nIHE 'TO[D]O|FI[X]ME|(^|[^X])X[X]X([^X]|$)' $texts | sed 's/$/  (a marker was left)/'
    grep -nIHE '(^|[^a-zA-Z0-9_.])/(wo[r]k|tm[p]/build)[/-]' $texts | sed 's/$/  (a path of one machine)/'
}

# ---- public functions are explained: a comment in their paragraph, or in the one before ----

explained() {
    for file in include/weir/*.h; do
        awk -v file="$file" '
        function judge() {
            if (first && !has && !had)
                print file ":" first ": public functions without a word about them"
            if (lines) had = has
            has = first = lines = 0
        }
        /^$/ { judge(); next }
        { lines++ }
        /\/\*/ { has = 1 }
        /^WEIR_(API|NEW)/ && !first { first = FNR }
        END { judge() }' "$file"
    done
}

# ---- each job of CI is a target of the Makefile, and the parts of make check are there ----

matrix() {
    page=.github/workflows/ci.yml
    [ -f $page ] || return # a tarball may be without
    parts=" $(scripts/check --list | tr '\n' ' ')"
    targets=$(sed -n 's/^\([a-z][a-z]*\):.*/\1/p' Makefile)
    sed -n 's/^ *- \([a-z]*\)$/\1/p; s/^ *- check PART=.*/check/p' $page | sort -u | while read -r target; do
        echo "$targets" | grep -qx "$target" || echo "$page:1: the Makefile has no target $target"
    done
    named=" $(sed -n 's/^ *- check PART=//p' $page | tr -d '"' | tr '\n' ' ')"
    for part in $named; do
        case $parts in *" $part "*) ;; *) echo "$page:1: scripts/check has no part $part" ;; esac
    done
    for part in $parts; do
        case $named in *" $part "*) ;; *) echo "$page:1: no job runs make check PART=$part" ;; esac
    done
}

code $sources >"$found.code"
failed=0
for rule in layers catalogue typed marked built features names words unique pages sizes banned leftovers explained matrix; do
    $rule >"$found" 2>&1
    if [ -s "$found" ]; then
        echo "$rule: $(wc -l <"$found")"
        sed 's/^/  /' "$found"
        failed=1
    else
        echo "$rule: fine"
    fi
done
exit $failed
