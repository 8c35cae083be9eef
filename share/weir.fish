# Completion of weir for fish. What may stand where is the command's own answer.
function __weir_offered
    set -l words (commandline -opc)
    set -l now (commandline -ct)
    $words[1] stages --complete "--word=$now" -- $words[2..-1] 2>/dev/null | while read -l -d \t kind word does
        if test "$kind" = file
            __fish_complete_path (commandline -ct)
        else
            printf '%s\t%s\n' $word $does
        end
    end
end
complete -c weir -f -a '(__weir_offered)'
