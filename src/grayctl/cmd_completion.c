/*
 * grayctl completion SHELL: the script that asks `grayctl __complete`. The
 * same scripts stand in packaging/completion for packages; a test compares.
 */

#include <string.h>

#include "done.h"
#include "report.h"

static const char bash_script[]
    = "# bash completion for grayctl. What can follow is grayctl's own "
      "knowledge:\n"
      "# `grayctl __complete WORD...` prints it, one a line.\n"
      "\n"
      "_grayctl() {\n"
      "    local word glue='' current=${COMP_WORDS[COMP_CWORD]}\n"
      "    local -a words=() lines=()\n"
      "\n"
      "    # bash splits at \"=\"; grayctl wants the words as they stand.\n"
      "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
      "        if [[ $word == '=' && ${#words[@]} -gt 0 ]]; then\n"
      "            words[-1]+='='\n"
      "            glue=1\n"
      "        elif [[ -n $glue ]]; then\n"
      "            words[-1]+=$word\n"
      "            glue=''\n"
      "        else\n"
      "            words+=(\"$word\")\n"
      "        fi\n"
      "    done\n"
      "\n"
      "    COMPREPLY=()\n"
      "    [[ ${words[-1]} == *=* ]] && return\n"
      "    mapfile -t lines < <(\"$1\" __complete \"${words[@]}\" "
      "2>/dev/null)\n"
      "\n"
      "    for word in \"${lines[@]}\"; do\n"
      "        case $word in\n"
      "        :files)\n"
      "            compopt -o filenames\n"
      "            mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "            ;;\n"
      "        :dirs)\n"
      "            compopt -o filenames\n"
      "            mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
      "            ;;\n"
      "        :groups)\n"
      "            mapfile -t COMPREPLY < <(compgen -g -- \"$current\")\n"
      "            ;;\n"
      "        *)\n"
      "            [[ $word == *= ]] && compopt -o nospace\n"
      "            COMPREPLY+=(\"$word\")\n"
      "            ;;\n"
      "        esac\n"
      "    done\n"
      "}\n"
      "\n"
      "complete -F _grayctl grayctl\n";

static const char zsh_script[]
    = "#compdef grayctl\n"
      "# zsh completion for grayctl. What can follow is grayctl's own "
      "knowledge:\n"
      "# `grayctl __complete WORD...` prints it, one a line.\n"
      "\n"
      "_grayctl() {\n"
      "    local line\n"
      "    local -a lines\n"
      "\n"
      "    lines=(\"${(@f)$(_call_program words \"${(q)words[1]}\" __complete "
      "\\\n"
      "        \"${(@q)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
      "\n"
      "    for line in $lines; do\n"
      "        case $line in\n"
      "        (:files) _files ;;\n"
      "        (:dirs) _files -/ ;;\n"
      "        (:groups) _groups ;;\n"
      "        (*=) compadd -S '' -- $line ;;\n"
      "        (*) compadd -- $line ;;\n"
      "        esac\n"
      "    done\n"
      "}\n"
      "\n"
      "if [ \"$funcstack[1]\" = \"_grayctl\" ]; then\n"
      "    _grayctl \"$@\"\n"
      "else\n"
      "    compdef _grayctl grayctl\n"
      "fi\n";

int
grayctl_completion(grayctl_t *cli)
{
    size_t i;
    static const struct {
        const char *shell;
        const char *script;
    } shells[] = {
        { "bash", bash_script },
        { "zsh", zsh_script },
    };

    for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].shell, cli->args[0]) == 0) {
            fputs(shells[i].script, stdout);
            return GRAYCTL_OK;
        }
    }

    gray_error_set(&cli->error, GRAY_EINVALID,
        "completion: no completion for '%s'", cli->args[0]);
    gray_error_hint(&cli->error, "bash or zsh, such as: "
                                 "source <(grayctl completion bash)");

    return grayctl_misused(cli, &cli->error);
}
