# Completion of weir for bash. What may stand where is the command's own answer.
_weir() {
    local IFS=$'\n' now=${COMP_WORDS[COMP_CWORD]} rest=$COMP_LINE offered piece word words=()
    # bash parts words at = and : too: they are put together again, and of what is offered the part
    # behind the last of these is its own.
    for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        case ${#words[@]},$rest in 0,* | *,[[:blank:]]*) words+=('') ;; esac
        rest=${rest#"${rest%%[![:blank:]]*}"}
        rest=${rest#"$piece"}
        words[-1]+=$piece
    done
    word=${words[-1]}
    case $now in = | :) now= ;; esac
    offered=$("${words[0]}" stages --complete "--word=$word" -- \
        "${words[@]:1:${#words[@]}-2}" 2>/dev/null)
    COMPREPLY=($(compgen -W "$(cut -s -f 2 <<<"$offered")" -- "$word" | grep -vxF -e "$word"))
    COMPREPLY=("${COMPREPLY[@]#"${word%"$now"}"}")
    case ${#COMPREPLY[@]},${COMPREPLY[0]} in
    0,) compopt -o filenames 2>/dev/null ;;
    1,*[=:]) compopt -o nospace 2>/dev/null ;;
    esac
    case ${#COMPREPLY[@]},$word,$'\n'$offered in
    [1-9]*,*[=:]"$now",*) ;;
    *[=:]"$now",* | *$'\nfile'*)
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$now")
        ;;
    esac
}
complete -F _weir weir
