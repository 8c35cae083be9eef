# Completion of weir for bash. What may stand where is the command's own answer.
_weir() {
    local IFS=$'\n' now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} offered
    # bash parts words at = and : too; a value stands behind them.
    case $now in = | :) now= before== ;; esac
    case $before in
    = | :) offered=file ;;
    *)
        offered=$("${COMP_WORDS[0]}" stages --complete -- \
            "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
        ;;
    esac
    COMPREPLY=($(compgen -W "$(cut -s -f 2 <<<"$offered")" -- "$now"))
    case ${#COMPREPLY[@]},${COMPREPLY[0]} in
    0,) compopt -o filenames 2>/dev/null ;;
    1,*[=:]) compopt -o nospace 2>/dev/null ;;
    esac
    case $'\n'$offered in *$'\nfile'*)
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$now")
        ;;
    esac
}
complete -F _weir weir
