#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Checks the includes of the library against its layers: a file may include its own layer and the layers
# below it, public headers may include only public headers, and so may the tools, except for the headers in
# for_tools. Prints every include that is not allowed; the exit status is 1 if there is one.
set -eu
cd "$(dirname "$0")/.."

# layer: other layers that it may include, in addition to the public headers of value types
declare -A below=(
    [base]=""
    [format]="base"
    [io]="base"
    [trust]="format io base"
    [kernel]="trust format io base"
    [simulated]="kernel trust format io base"
    [catalog]="kernel trust format io base"
    [plan]="catalog kernel trust format io base"
    [execute]="plan catalog kernel trust format io base"
    [diagnose]="execute plan catalog kernel trust format io base"
    [report]="diagnose execute plan catalog kernel trust format io base"
    [index]="load catalog trust format io base"
    [context]="report diagnose execute plan catalog simulated kernel trust format io base"
    [load]="context execute catalog kernel trust io base"
    [capi]="execute plan catalog kernel trust format io base"
)
# headers that tools may include, although they are not installed
for_tools=" base/environment.hpp base/errno_name.hpp base/sort.hpp io/output_file.hpp io/shared_object.hpp load/forward.hpp "
broken=0
checked=0

complain() {
    printf '%s includes %s: %s\n' "$1" "$2" "$3" >&2
    broken=$((broken + 1))
}

includes_of() { sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\([^">]*\)[">].*/\1/p' "$1"; }

for layer in "${!below[@]}"; do
    for file in libkmodpp/"$layer"/*.[ch]pp; do
        for header in $(includes_of "$file"); do
            case $header in
            kmodpp/context.hpp)
                [ "$layer" = context ] || complain "$file" "$header" "the facade is above $layer" ;;
            kmodpp/depmod.hpp)
                [ "$layer" = index ] || complain "$file" "$header" "depmod is above $layer" ;;
            kmodpp/*) ;;
            */*)
                other=${header%%/*}
                [ -d "libkmodpp/$other" ] || continue
                [ "$other" = "$layer" ] && continue
                [[ " ${below[$layer]} " == *" $other "* ]] ||
                    complain "$file" "$header" "$other is above $layer" ;;
            esac
            checked=$((checked + 1))
        done
    done
done

for file in libkmodpp/include/kmodpp/*.hpp; do
    for header in $(includes_of "$file"); do
        case $header in
        kmodpp/*) ;;
        */*) [ ! -d "libkmodpp/${header%%/*}" ] || complain "$file" "$header" "public headers may only include public headers" ;;
        esac
        checked=$((checked + 1))
    done
done

for file in tools/*.cpp tools/cli/*.[ch]pp; do
    for header in $(includes_of "$file"); do
        case $header in
        kmodpp/* | cli/*) ;;
        */*)
            [[ $for_tools == *" $header "* ]] || [ ! -d "libkmodpp/${header%%/*}" ] ||
                complain "$file" "$header" "tools may only include public headers" ;;
        esac
        checked=$((checked + 1))
    done
done

# Environment variables of a process with more privileges than its caller must be ignored, so they are
# read in one place only.
if readers=$(grep -rlE '\b(secure_)?getenv *\(' libkmodpp tools | grep -vx libkmodpp/base/environment.hpp); then
    echo "these files read the environment without base/environment.hpp: $readers" >&2
    exit 1
fi

[ "$checked" -gt 100 ] || { echo "only $checked includes found: the check does not find the sources" >&2; exit 1; }
if [ "$broken" -gt 0 ]; then
    echo "$broken includes are not allowed" >&2
    exit 1
fi
echo "$checked includes are allowed"
