# bash completion for grayd. Its options are those that `grayd --help` has.

_grayd() {
    local current=${COMP_WORDS[COMP_CWORD]} before=''

    COMPREPLY=()
    [[ $COMP_CWORD -lt 2 ]] || before=${COMP_WORDS[COMP_CWORD - 1]}

    case $before in
    --store | --web | --spool)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        ;;
    --socket | --tokens | --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    --[a-z]*)
        # whose value nobody knows, or which stands alone
        ;;
    *)
        mapfile -t COMPREPLY < <(compgen -W "$("$1" --help 2>/dev/null \
            | grep -o -e '--[a-z-]*')" -- "$current")
        ;;
    esac
}

complete -F _grayd grayd
