# bash completion for grayctl. What can follow is grayctl's own knowledge:
# `grayctl __complete WORD...` prints it, one a line.

_grayctl() {
    local word glue='' current=${COMP_WORDS[COMP_CWORD]}
    local -a words=() lines=()

    # bash splits at "="; grayctl wants the words as they stand.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ $word == '=' && ${#words[@]} -gt 0 ]]; then
            words[-1]+='='
            glue=1
        elif [[ -n $glue ]]; then
            words[-1]+=$word
            glue=''
        else
            words+=("$word")
        fi
    done

    COMPREPLY=()
    [[ ${words[-1]} == *=* ]] && return
    mapfile -t lines < <("$1" __complete "${words[@]}" 2>/dev/null)

    for word in "${lines[@]}"; do
        case $word in
        :files)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
        :dirs)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            ;;
        :groups)
            mapfile -t COMPREPLY < <(compgen -g -- "$current")
            ;;
        *)
            [[ $word == *= ]] && compopt -o nospace
            COMPREPLY+=("$word")
            ;;
        esac
    done
}

complete -F _grayctl grayctl
