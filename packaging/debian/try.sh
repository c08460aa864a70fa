#!/bin/sh
# Builds packages in clean roots of Debian, and tries them there: packaging/debian/try.sh [SUITE…] (bookworm and trixie).
# Needs mmdebstrap. $MMDEBSTRAP_OPTIONS and $MIRROR are for machines that reach Debian in a way of their own; the
# machine's certificates are used in the root that downloads libraries.
set -eu
cd "$(dirname "$0")/../.."
out=build/deb
mkdir -p "$out"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -cf "$out/source.tar"
[ $# -gt 0 ] || set -- bookworm trixie
for suite in "$@"; do
    rm -rf "${out:?}/$suite"
    mkdir "$out/$suite"
    mmdebstrap --quiet ${MMDEBSTRAP_OPTIONS:-} --variant=minbase --include=python3,python3-venv,ca-certificates \
        --customize-hook='upload /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt' \
        --customize-hook='mkdir "$1/source"' --customize-hook="tar-in $out/source.tar /source" \
        --customize-hook='chroot "$1" python3 /source/packaging/deb.py /packages' \
        --customize-hook="sync-out /packages $out/$suite" "$suite" /dev/null ${MIRROR:-}
    mmdebstrap --quiet ${MMDEBSTRAP_OPTIONS:-} --variant=minbase \
        --customize-hook='mkdir -p "$1/packages"' --customize-hook="sync-in $out/$suite /packages" \
        --customize-hook='upload packaging/debian/try_in_root.sh /try.sh' \
        --customize-hook='chroot "$1" sh /try.sh' "$suite" /dev/null ${MIRROR:-}
    ! command -v lintian >/dev/null || lintian --fail-on error "$out/$suite"/*-1~*.deb
done
