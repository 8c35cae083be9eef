# From the preprocessed headers, on one line, to a program that prints what programs are compiled
# against: size and members of each public struct, values of each public enum.

function flush_member(text,    name) {
    gsub(/^ +| +$/, "", text)
    if (text == "") return
    if (match(text, /\(\*[a-z_0-9]+(\[[^]]*\])?\)/)) { # a pointer to a function
        name = substr(text, RSTART + 2, RLENGTH - 3)
        sub(/\[.*/, "", name)
    } else if (text ~ / : [0-9]+$/) {
        name = text
        sub(/ : [0-9]+$/, "", name)
        sub(/.* /, "", name)
        printf "    BITS(%s, %s);\n", tag, name
        return
    } else {
        name = text
        sub(/(\[[^]]*\])+$/, "", name)
        sub(/.*[ *]/, "", name)
    }
    printf "    MEMBER(%s, %s);\n", tag, name
}

{ all = all " " $0 }

END {
    gsub(/__attribute__ *\(\([^;{}]*\)\)/, "", all)
    gsub(/[ \t]+/, " ", all)
    print "int main(void)\n{"
    rest = all
    while (match(rest, /struct weir_[a-z_0-9]+ \{[^{}]*\}/)) {
        body = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        tag = body
        sub(/ \{.*/, "", tag)
        sub(/^[^{]*\{/, "", body)
        sub(/\}$/, "", body)
        printf "    STRUCT(%s);\n", tag
        n = split(body, members, ";")
        for (i = 1; i <= n; i++) flush_member(members[i])
    }
    rest = all
    while (match(rest, /enum( weir_[a-z_0-9]+)? \{[^{}]*\}/)) {
        body = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        sub(/^[^{]*\{/, "", body)
        sub(/\}$/, "", body)
        while (match(body, /WEIR_[A-Z_0-9]+ *(=[^,]*)?(,|$)/)) {
            name = substr(body, RSTART, RLENGTH)
            body = substr(body, RSTART + RLENGTH)
            sub(/ *[=,].*/, "", name)
            gsub(/ /, "", name)
            printf "    VALUE(%s);\n", name
        }
    }
    print "}"
}
