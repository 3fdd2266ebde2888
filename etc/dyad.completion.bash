# Completion of dyad(8) for bash.
_dyad() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    case $previous in
        -f | -p | -x | -C) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        *)
            local options="-f -c -cc -V -W -Ws -D -d -db -dW -q -p -C -n -m -x -sf -st -L -v -vv -h"
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
            ;;
    esac
}
complete -o filenames -F _dyad dyad
