#!/bin/sh
# Copies programs with the shared libraries that they load into a new root: what an image from scratch needs, and no more.
# usage: collect.sh ROOT PROGRAM...
set -eu
root=$1
shift
for program in "$@"; do
  path=$(readlink -f "$(command -v "$program")")
  install -D "$path" "$root/usr/bin/$program"
  ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
    install -D "$(readlink -f "$library")" "$root$library"
  done
done
# The distribution's node loads some of its own modules from files.
grep -aoh '/usr/share/nodejs/[a-zA-Z0-9/._-]*\.js' /usr/lib/*/libnode.so.* | sort -u | while read -r module; do
  install -D -m 644 "$module" "$root$module"
done
for package in nodejs libnode108 nftables libnftables1 util-linux conntrack libicu72 libc6; do
  install -D "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done
