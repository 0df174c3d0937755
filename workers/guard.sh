# Runs a command that must not outlive its owner: sh guard.sh <signal> <fd> <command> [argument …]
#
# <fd> reads from a pipe whose other end only the owner holds. The kernel closes that end however the owner
# dies, kill -9 included; the watcher below then sends <signal>. The command keeps this shell's process id, so
# the owner signals it and learns its exit status directly.
signal=$1 fd=$2
shift 2

# Two levels, so that the watcher is no child of the command: Postgres takes every child's end for its own.
(
  (
    # Ctrl-C in a terminal reaches the whole process group; the watcher must stay to see the owner go.
    trap '' HUP INT QUIT TERM
    # Anything else held open here (a pipe, an IPC channel) would look alive to its reader after the command ended.
    for other in 3 4 5 6 7 8 9; do
      [ "$other" = "$fd" ] || eval "exec $other>&-"
    done
    # A line means that the command has ended and its process id may be another's by now. Started anew, so that
    # who looks for the command in a list of processes finds it once.
    eval "exec /bin/sh -c 'read -r ended || kill -s \$0 \$1' $signal $$ <&$fd"
  ) </dev/null >/dev/null 2>&1 &
)
eval "exec $fd<&-"
exec "$@"
