/** Each asks `file-orbit __complete -- <words>` for lines of "value TAB about"; `:files` stands for the shell's files. */
export const completionScripts = {
  bash: String.raw`# file-orbit completion for bash: source <(file-orbit completion bash)
_file_orbit() {
  local line="${'$'}{COMP_LINE:0:COMP_POINT}" current entry prefix i files=
  local -a words=()
  # Not COMP_WORDS: readline breaks "archive:2026" at the colon.
  read -ra words <<<"$line"
  [[ ${'$'}{#words[@]} -gt 0 ]] || return 0
  case "$line" in *[[:space:]]) words+=("") ;; esac
  current="${'$'}{words[${'$'}{#words[@]}-1]}"
  COMPREPLY=()
  while IFS= read -r entry; do
    if [[ "$entry" == :files ]]; then files=1; continue; fi
    entry="${'$'}{entry%%$'\t'*}"
    [[ "$entry" == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$entry")")
  done < <(file-orbit __complete -- "${'$'}{words[@]:1}" 2>/dev/null)
  if [[ -n "$files" ]]; then
    [[ ${'$'}{#COMPREPLY[@]} -eq 0 ]] && compopt -o filenames 2>/dev/null
    while IFS= read -r entry; do COMPREPLY+=("$entry"); done < <(compgen -f -- "$current")
  fi
  if [[ "$current" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    prefix="${'$'}{current%"${'$'}{current##*:}"}"
    for i in "${'$'}{!COMPREPLY[@]}"; do COMPREPLY[i]="${'$'}{COMPREPLY[i]#"$prefix"}"; done
  fi
  # A path follows the colon of an endpoint.
  [[ ${'$'}{#COMPREPLY[@]} -eq 1 && "${'$'}{COMPREPLY[0]}" == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _file_orbit file-orbit
`,
  zsh: String.raw`#compdef file-orbit
# file-orbit completion for zsh: source <(file-orbit completion zsh)
_file_orbit() {
  local entry value files=
  local -a plain plain_about open open_about
  for entry in "${'$'}{(@f)$(file-orbit __complete -- "${'$'}{(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    [[ -z "$entry" ]] && continue
    if [[ "$entry" == :files ]]; then files=1; continue; fi
    value="${'$'}{entry%%$'\t'*}"
    if [[ "$value" == *: ]]; then
      open+=("$value"); open_about+=("${'$'}{entry/$'\t'/  }")
    else
      plain+=("$value"); plain_about+=("${'$'}{entry/$'\t'/  }")
    fi
  done
  (( $#plain )) && compadd -l -d plain_about -a plain
  # A path follows the colon of an endpoint.
  (( $#open )) && compadd -S '' -l -d open_about -a open
  [[ -n "$files" ]] && _files
}
if [[ "$funcstack[1]" == _file_orbit || "$funcstack[1]" == _file-orbit ]]; then
  _file_orbit "$@"
elif (( $+functions[compdef] )); then
  compdef _file_orbit file-orbit
fi
`,
  fish: String.raw`# file-orbit completion for fish: file-orbit completion fish | source
function __file_orbit_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    for entry in (file-orbit __complete -- $words "$current" 2>/dev/null)
        if test "$entry" = :files
            __fish_complete_path "$current"
        else
            printf '%s\n' $entry
        end
    end
end
complete -c file-orbit -f -a '(__file_orbit_complete)'
`,
} as const
