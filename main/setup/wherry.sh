#!/bin/sh
# The `wherry` command of the installed app: a command line runs inside the app's program, anything else opens its window.
here=$(dirname "$(readlink -f "$0")")
app="$here/../../wherry"
case "$1" in
  start | stop | status | service | dashboard | kubeconfig | version | help | --help | -h)
    exec "$app" --ozone-platform=headless --no-sandbox --disable-gpu -- --cli "$@"
    ;;
  *) exec "$app" "$@" ;;
esac
